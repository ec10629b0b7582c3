import type { Config } from '../../config.ts'
import type { Job } from '../../delivery/job.ts'
import type { Outcome } from '../../delivery/outcome.ts'
import type { AlikeRefusals, Through } from '../../domain/connection.ts'
import type { Event } from '../../domain/event.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Millis } from '../../domain/time.ts'
import { fullVersion } from '../../version.ts'

/** What the hub and a thread that sends say to each other: JSON, which costs less than a structured clone, once per turn of an event loop. */

/** A number in place of an object that the thread already has, or that comes with the same message: settings, destinations, event types, events. */
export type Ref = number

/** Changes of the shelf, in this order. */
export interface ShelfNews {
  emptied: boolean
  fresh: [Ref, object][]
  /** Not needed any more, after the attempts of this message. */
  gone: Ref[]
}

/** An event without what only the hub reads of it: other recipients, and sealed data. */
export type SentEvent = Omit<Event, 'sensitive'>

export interface SentAttempt {
  n: number
  job: Omit<Job, 'event' | 'destination'>
  event: Ref
  eventType: Ref
  destination: Ref | null
  connections: (Pick<Through, 'id' | 'provider' | 'personal'> & { settings: Ref; destination: Ref | null })[]
  direct: boolean
  /** With the sensitive fields in it; absent = the data of the event. */
  data?: JsonObject
  /** For the time of a retry. */
  random: number
}

/** Without attempts it is a question whether the thread still answers. */
export interface ToThread extends ShelfNews {
  /** The hub's clock minus `processTime`: so a message that waited does not make the thread's clock late. */
  ahead: Millis
  /** Connections whose series of refusals alike became full, and those that have none any more. */
  blamed: [connectionId: string, series: AlikeRefusals | null][]
  attempts: SentAttempt[]
}

/** `failed`: it could not be rendered. The data of the event is left out of the message. */
export type Ended = { n: number } & ({ outcome: Omit<Outcome, 'delivery'> } | { failed: { kind: 'limit' | 'template'; message: string } })

/** Empty: the thread has started, or still answers. */
export type FromThread = Ended[]

/** Which program writes and reads these messages. A thread loads its files when it starts, and they may have been replaced since the hub loaded its own. */
export const FORM: string = fullVersion

/** The exit code of a thread whose form is another one than the hub's. */
export const OTHER_FORM = 75

/** What a thread knows from its start. */
export interface ThreadData {
  form: string
  config: ReturnType<typeof threadConfig>
}

/** Of the configuration what a thread needs: none of the keys. */
export const threadConfig = (config: Config) => ({
  outboundAllow: config.outboundAllow,
  outboundAllowUsers: config.outboundAllowUsers,
  outboundProxy: config.outboundProxy,
  outboundProxyResolves: config.outboundProxyResolves,
  baseUrl: config.baseUrl,
  applicationUrl: config.applicationUrl,
  instance: config.instance,
  fault: config.fault,
})

/** Milliseconds of a clock that all threads of a process read alike; `performance.now` begins with each thread. */
export function processTime(): number {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1000 + nanos / 1e6
}
