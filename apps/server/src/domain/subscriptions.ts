import type { Connection } from './connection.ts'

/** Why a connection will not hear what was hardly meant to be left out. */
export interface Deafness {
  /** JSON pointer into the connection. */
  pointer: string
  message: string
  code: 'unknown_event_type'
}

type Hearing = Pick<Connection, 'events'>

/** Subscriptions to what nothing can report yet: most are misspelt, or come before their event type. */
export const unheardOf = ({ events }: Hearing, isKnown: (key: string) => boolean): Deafness[] =>
  events.flatMap(({ type }, i) =>
    isHeard(type, isKnown)
      ? []
      : [{ pointer: `/events/${i}/type`, message: 'is not a registered event type, so nothing will be heard of it', code: 'unknown_event_type' }],
  )

/** The same as keys, each once. */
export const unknownTypesIn = ({ events }: Hearing, isKnown: (key: string) => boolean): string[] => [
  ...new Set(events.flatMap(({ type }) => (isHeard(type, isKnown) ? [] : [type]))),
]

const isHeard = (type: string, isKnown: (key: string) => boolean): boolean => type === '*' || isKnown(type)
