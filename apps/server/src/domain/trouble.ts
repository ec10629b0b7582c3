/**
 * What a failure means to the person whose messages fail. Operators read the whole sentence of the failure; a person reads one of these, which
 * names no server, port, status or term of a protocol. `unreachable` has the same words for every cause, so that nobody learns from their own
 * destination which address of the hub's network has which port open.
 */
export const TROUBLES = {
  unreachable: 'could not be reached',
  failing: 'answered with an error',
  busy: 'asked us to wait before we send more',
  settings: 'did not accept the sign-in or the settings that are stored for it',
  gone: 'does not exist any more',
  refused: 'did not accept a message',
  given_up: 'has only failed for five days',
  ours: 'could not be used because of a fault on our side',
} as const

export type Trouble = keyof typeof TROUBLES

/** The words for a person, without their subject. Null: stored before its kind was. */
export const wordsOf = (trouble: Trouble | null): string => TROUBLES[trouble ?? 'failing']
