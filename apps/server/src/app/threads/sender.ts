import type { Outcome } from '../../delivery/outcome.ts'
import type { AlikeRefusals } from '../../domain/connection.ts'
import type { Event } from '../../domain/event.ts'
import { type Clock, MINUTE, type Millis, SECOND } from '../../domain/time.ts'
import type { Attempt } from '../../pipeline/send.ts'
import { RenderError } from '../../rendering/render-error.ts'
import { type Ended, type FromThread, processTime, type SentAttempt, type SentEvent, type ThreadData, type ToThread } from './messages.ts'
import { createShelf } from './shelf.ts'
import type { StartThread } from './start-thread.ts'

export interface SenderParts {
  start: StartThread
  data: ThreadData
  /** It takes attempts before it has started. */
  eager: boolean
  clock: Clock
  random: () => number
  /** The series of refusals alike that are full, by connection. */
  blamed: ReadonlyMap<string, AlikeRefusals>
  /** It has ended, though nobody asked for it. `lost`: these may have been sent. `started`: it had answered before. */
  died(reason: Error, lost: readonly Attempt[], started: boolean): void
}

/** The thread died with this attempt in it: it may have been sent, or not. */
export class ThreadDied extends Error {}
/** The attempt did not reach the thread. */
export class NotHandedOver extends Error {}

/** One thread that sends, as the hub sees it. */
export interface Sender {
  /** Rejects with a `RenderError`, with `ThreadDied` or with `NotHandedOver`. */
  send(attempt: Attempt): Promise<Outcome>
  /** It takes attempts: it has started, answers, and is not full. */
  isReady(): boolean
  hasEnded(): boolean
  /** These settings, or this event, are not used any more. */
  forget(object: object): void
  blame(connectionId: string, series: AlikeRefusals | null): void
  /** To be called now and then: ends a thread that has nothing to do or that hangs. */
  look(now: Millis): void
  end(): void
}

/** Without an attempt for so long it ends, and with it its memory. */
const IDLE: Millis = MINUTE
/** A thread that does not answer for so long will not answer any more. */
const HUNG: Millis = MINUTE
/** Characters of JSON that a thread keeps, and of the attempts in it: objects take several times as much of its heap. */
const MOST = 32 * 2 ** 20
/** Characters after which a message goes out at once, as a text has a longest length. */
const LONGEST = 8 * 2 ** 20

interface Waiting {
  attempt: Attempt
  /** As JSON. */
  text: string
  /** Of it and its event. */
  chars: number
  handedOver: boolean
  resolve(outcome: Outcome): void
  reject(error: Error): void
}

/** Starts a thread; throws when that is not possible. `monotonic` times are milliseconds of `performance.now`. */
export function createSender(parts: SenderParts, monotonic: () => number = () => performance.now()): Sender {
  const { start, data, eager, clock, random, died } = parts
  const shelf = createShelf(MOST)
  const waiting = new Map<number, Waiting>()
  let blamed: ToThread['blamed'] = [...parts.blamed]
  /** They go out with the next message, and are so many characters. */
  let attempts: Waiting[] = []
  let chars = 0
  let next = 0
  /** Characters of the attempts that have not ended, each with its event. */
  let inside = 0
  let flushing = false
  let started = false
  let state: 'alive' | 'ending' | 'hung' | 'ended' = 'alive'
  let usedAt = monotonic()
  let askedAt: number | null = null
  let isSlow = false

  const port = start(data, {
    heard(text) {
      started = true
      askedAt = null
      isSlow = false
      const ended: FromThread = JSON.parse(text)
      for (const one of ended) settle(one)
    },
    ended(reason) {
      const wanted = state === 'ending'
      const hung = state === 'hung'
      state = 'ended'
      const { lost = [], rest = [] } = Object.groupBy(waiting.values(), ({ handedOver }) => (started && handedOver ? 'lost' : 'rest'))
      waiting.clear()
      const lostAttempts = lost.map(({ attempt }) => attempt)
      if (!wanted) died(hung ? new Error(`it did not answer for ${HUNG / SECOND} s`) : reason, lostAttempts, started)
      for (const { reject } of lost) reject(new ThreadDied('The thread that sent it died'))
      for (const { reject } of rest) reject(new NotHandedOver('The thread that was to send it died'))
    },
  })

  function settle(one: Ended): void {
    const known = waiting.get(one.n)
    if (known === undefined) return
    waiting.delete(one.n)
    inside -= known.chars
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

  /** What is said in one turn of the event loop goes in one message. */
  function flushSoon(): void {
    if (flushing) return
    flushing = true
    setImmediate(() => flushing && flush())
  }

  function flush(): void {
    flushing = false
    if (state !== 'alive') return
    const { fresh, ...news } = shelf.news()
    const said: Omit<ToThread, 'fresh' | 'attempts'> = { ahead: clock() - processTime(), ...news, blamed }
    port.say(`${JSON.stringify(said).slice(0, -1)},"fresh":${fresh},"attempts":[${attempts.map(({ text }) => text).join(',')}]}`)
    for (const one of attempts) one.handedOver = true
    blamed = []
    attempts = []
    chars = 0
  }

  /** The attempt as JSON, its objects on the shelf. Throws what `data` throws, and `NotHandedOver` when it is too long for a text. */
  function packed(attempt: Attempt): { n: number; text: string; chars: number } {
    const { event, destination, ...job } = attempt.job
    const secret = event.sensitive === null ? {} : { data: attempt.data() }
    const n = next++
    try {
      const packedEvent = shelf.ref(event, packEvent)
      const one: SentAttempt = {
        n,
        job,
        event: packedEvent.ref,
        eventType: shelf.ref(attempt.eventType).ref,
        destination: destination === null ? null : shelf.ref(destination).ref,
        connections: attempt.connections.map(({ id, provider, personal, settings, destination: own }) => ({
          id,
          provider,
          personal,
          settings: shelf.ref(settings).ref,
          destination: own === null ? null : shelf.ref(own).ref,
        })),
        direct: attempt.direct,
        ...secret,
        random: random(),
      }
      const text = JSON.stringify(one)
      return { n, text, chars: text.length + packedEvent.chars }
    } catch (cause) {
      throw new NotHandedOver('The attempt is too large for a message', { cause })
    }
  }

  return {
    async send(attempt) {
      if (state !== 'alive') throw new NotHandedOver('The thread that was to send it has ended')
      const { n, ...packedUp } = packed(attempt)
      return await new Promise((resolve, reject) => {
        const one = { attempt, ...packedUp, handedOver: false, resolve, reject }
        waiting.set(n, one)
        attempts.push(one)
        chars += one.text.length
        inside += one.chars
        if (chars + shelf.waiting() > LONGEST) flush()
        else flushSoon()
      })
    },
    isReady: () => state === 'alive' && (started || eager) && !isSlow && inside < MOST,
    hasEnded: () => state !== 'alive',
    forget: shelf.forget,
    blame(connectionId, series) {
      blamed.push([connectionId, series])
      flushSoon()
    },
    look(now) {
      if (state !== 'alive') return
      if (waiting.size === 0) {
        if (now - usedAt > IDLE) this.end()
      } else if (askedAt === null) {
        askedAt = now
        // What waits goes out first: only an empty message is a question, which is answered at once.
        if (attempts.length > 0) flush()
        flush()
      } else if (now - askedAt > HUNG) {
        state = 'hung'
        port.end()
      } else isSlow = true
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
