import type { DeliverParts } from '../../delivery/deliver.ts'
import type { Outcome } from '../../delivery/outcome.ts'
import type { Event } from '../../domain/event.ts'
import type { EventType } from '../../domain/event-type.ts'
import type { JsonObject } from '../../domain/json.ts'
import { type Clock, MINUTE, type Millis, SECOND } from '../../domain/time.ts'
import type { Attempt } from '../../pipeline/send.ts'
import { RenderError } from '../../rendering/render-error.ts'
import { type Ended, type FromThread, type SentAttempt, type SentEvent, SHELVES, type ThreadData, type ToThread } from './messages.ts'
import { createShelf } from './shelf.ts'
import type { StartThread } from './start-thread.ts'

export interface SenderParts {
  start: StartThread
  data: ThreadData
  clock: Clock
  random: () => number
  alike: NonNullable<DeliverParts['alike']>
  /** It has ended, though nobody asked for it, with so many attempts in it. `started`: it had answered before. */
  died(reason: Error, attempts: number, started: boolean): void
}

/** The attempts of a thread that died: each may have been sent, or not. */
export class ThreadDied extends Error {}

/** One thread that sends, as the hub sees it. */
export interface Sender {
  /** Rejects with a `RenderError`, or with `ThreadDied`. */
  send(attempt: Attempt): Promise<Outcome>
  /** It has started: until then an attempt would wait for that. */
  isReady(): boolean
  hasEnded(): boolean
  /** These settings are not used any more. */
  forget(settings: JsonObject): void
  /** To be called now and then: ends a thread that has nothing to do or that hangs. */
  look(now: Millis): void
  end(): void
}

/** Without an attempt for so long it ends, and with it its memory. */
const IDLE: Millis = MINUTE
/** A thread that does not answer for so long will not answer any more. */
const HUNG: Millis = MINUTE

interface Waiting {
  attempt: Attempt
  resolve(outcome: Outcome): void
  reject(error: Error): void
}

/** Starts a thread. `monotonic` times are milliseconds of `performance.now`. */
export function createSender({ start, data, clock, random, alike, died }: SenderParts, monotonic: () => number = () => performance.now()): Sender {
  const shelves = {
    events: createShelf<Event>(SHELVES.events, packEvent),
    eventTypes: createShelf<EventType>(SHELVES.eventTypes),
    settings: createShelf<JsonObject>(SHELVES.settings),
    destinations: createShelf<JsonObject>(SHELVES.destinations),
  }
  const waiting = new Map<number, Waiting>()
  let attempts: SentAttempt[] = []
  let next = 0
  let ready = false
  let state: 'alive' | 'ending' | 'ended' = 'alive'
  let usedAt = monotonic()
  let askedAt: number | null = null
  let hung = false

  const port = start(data, {
    heard(text) {
      ready = true
      askedAt = null
      const ended: FromThread = JSON.parse(text)
      for (const one of ended) settle(one)
    },
    ended(reason) {
      const wanted = state === 'ending'
      state = 'ended'
      const left = [...waiting.values()]
      waiting.clear()
      if (!wanted) died(hung ? new Error(`it did not answer for ${HUNG / SECOND} s`) : reason, left.length, ready)
      for (const { reject } of left) reject(new ThreadDied('The thread that sent it died'))
    },
  })

  function settle(one: Ended): void {
    const known = waiting.get(one.n)
    if (known === undefined) return
    waiting.delete(one.n)
    usedAt = monotonic()
    if ('failed' in one) {
      known.reject(new RenderError(one.failed.kind, one.failed.message))
      return
    }
    const { job } = known.attempt
    const { message } = one.outcome
    const whole = message && { ...message, event: { ...message.event, data: job.event.data } }
    known.resolve({ ...one.outcome, delivery: job, message: whole })
  }

  function flush(): void {
    if (state !== 'alive') return
    const news: ToThread['news'] = {}
    for (const name of ['events', 'eventTypes', 'settings', 'destinations'] as const) {
      const changed = shelves[name].news()
      if (changed !== undefined) news[name] = changed
    }
    const said: ToThread = { now: clock(), news, attempts }
    attempts = []
    port.say(JSON.stringify(said))
  }

  function sent({ job: { event, destination, ...job }, connections, eventType, data, direct }: Attempt): SentAttempt {
    return {
      n: next++,
      job,
      event: shelves.events.ref(event),
      eventType: shelves.eventTypes.ref(eventType),
      destination: destination === null ? null : shelves.destinations.ref(destination),
      connections: connections.map(({ id, provider, personal, settings, destination: own }) => {
        const series = alike(id)
        return {
          id,
          provider,
          personal,
          settings: shelves.settings.ref(settings),
          destination: own === null ? null : shelves.destinations.ref(own),
          ...(series?.blamed === true && { alike: series }),
        }
      }),
      direct,
      ...(event.sensitive !== null && { data: data() }),
      random: random(),
    }
  }

  return {
    send(attempt) {
      if (state !== 'alive') return Promise.reject(new ThreadDied('The thread that was to send it has ended'))
      return new Promise((resolve, reject) => {
        const one = sent(attempt)
        waiting.set(one.n, { attempt, resolve, reject })
        // The attempts of one turn of the event loop go in one message.
        if (attempts.push(one) === 1) setImmediate(flush)
      })
    },
    isReady: () => ready && state === 'alive',
    hasEnded: () => state !== 'alive',
    forget: (settings) => shelves.settings.forget(settings),
    look(now) {
      if (state !== 'alive') return
      if (waiting.size === 0) {
        if (now - usedAt > IDLE) this.end()
      } else if (askedAt === null) {
        askedAt = now
        flush()
      } else if (now - askedAt > HUNG) {
        hung = true
        port.end()
      }
    },
    end() {
      if (state !== 'alive') return
      state = 'ending'
      port.end()
    },
  }
}

/** Other recipients are not its business, and their profiles may be long. */
const packEvent = ({ sensitive: _, to, ...event }: Event): SentEvent => ({ ...event, to: to.length === 1 ? to : [] })
