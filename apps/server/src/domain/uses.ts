import { HOUR, MINUTE, type Millis } from './time.ts'

/** At most `count` uses in a window of `per` milliseconds; a refusal answers `says`. */
export interface UseLimit {
  count: number
  per: Millis
  /** One sentence, with `{count}` where the figure stands. */
  says: string
}

/**
 * How often one person, one address or one caller may make the hub send, call or store something. Every figure stands here and nowhere else.
 * What an application's key names is trusted, so it takes no confirmation code.
 */
export const USE_LIMITS = {
  'code.address': { count: 5, per: HOUR, says: 'At most {count} confirmation codes an hour are sent to one address, whoever asks for them.' },
  // A list has up to ten places, so it can be saved twice.
  'code.user': { count: 20, per: HOUR, says: 'At most {count} confirmation codes an hour are sent for one person.' },
  'code.network': { count: 100, per: HOUR, says: 'At most {count} confirmation codes an hour are sent for callers of one network.' },
  'code.guess': { count: 20, per: HOUR, says: 'At most {count} codes an hour may be tried for one destination.' },
  'destination.save': {
    count: 60,
    per: HOUR,
    says: 'At most {count} times an hour a person may store destinations: each time the hub looks up their servers.',
  },
  'device.register': { count: 120, per: HOUR, says: 'At most {count} times an hour the devices of one person may be registered.' },
  'token.issue': { count: 120, per: MINUTE, says: 'At most {count} tokens a minute are issued for one user.' },
  'ticket.issue': { count: 120, per: MINUTE, says: 'At most {count} tickets a minute are issued for one user.' },
  'connection.test': { count: 20, per: MINUTE, says: 'At most {count} tests a minute: each sends real messages.' },
  'list.fetch': { count: 20, per: MINUTE, says: 'At most {count} lists a minute: each asks the vendor.' },
  // The answer of each is stored for a day.
  'request.keyed': { count: 1000, per: HOUR, says: 'At most {count} requests an hour with an Idempotency-Key are answered for one user token.' },
} as const satisfies Record<string, UseLimit>

export type LimitName = keyof typeof USE_LIMITS

/** One use of a limit, or several at once. */
export interface Use {
  limit: LimitName
  /** Who or what is counted: a user id, the hash of an address, an actor. */
  of: string | readonly string[]
  /** Absent = 1. */
  times?: number
  /** The field that a refusal names. */
  pointer?: string
}

/** The sentence of a refusal, with its figure. */
export const saysOf = (limit: LimitName): string => USE_LIMITS[limit].says.replace('{count}', USE_LIMITS[limit].count.toLocaleString('en'))
