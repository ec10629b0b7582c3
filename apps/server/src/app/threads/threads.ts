import { tryLater } from '../../delivery/deliver.ts'
import { ended, type Outcome } from '../../delivery/outcome.ts'
import type { AlikeRefusals } from '../../domain/connection.ts'
import { counted } from '../../domain/counted.ts'
import type { JsonObject } from '../../domain/json.ts'
import { MAX_CRASHES } from '../../domain/task.ts'
import { type Clock, MINUTE } from '../../domain/time.ts'
import type { Attempt, Send } from '../../pipeline/send.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { ThreadData } from './messages.ts'
import { originOf } from './origin-of.ts'
import { createSender, type Sender, ThreadDied } from './sender.ts'
import type { StartThread } from './start-thread.ts'

export interface ThreadsParts {
  /** Threads at most; 0 = everything is sent in the main thread. */
  count: number
  /** Every attempt that may be sent in a thread is, at once: for tests. Otherwise a quiet hub has no thread. */
  always?: boolean
  start: StartThread
  data: ThreadData
  provider(id: string): Pick<Provider, 'inMain'> | undefined
  clock: Clock
  random: () => number
  failed(what: string, error: unknown): void
}

export interface Threads {
  spread(here: Send, alike: (connectionId: string) => AlikeRefusals | undefined): Send
  /** The settings of a connection that changed or was removed. */
  forget(settings: JsonObject): void
  /** What is still being sent is aborted. */
  stop(): void
}

/** More attempts in flight than this: the hub is busy, and a thread is worth its memory. */
const FEW = 8
/** Milliseconds after which a hub that is not busy any more sends in the main thread again. */
const CALM = 1000
/** Milliseconds between two looks at the threads, and before one that died has a successor. One that never started has none for a minute. */
const LOOK = 5000
/** Suspects that are remembered; each is a delivery that was in a thread when it died. */
const REMEMBERED = 10_000

/**
 * Sends in threads while the hub is busy: one main thread can then spend its time on the database. An attempt goes by its connection and its server,
 * so that connections are used again. While a thread starts, and after one died, the main thread sends.
 *
 * The deliveries that were in a thread when it died are tried again, and may be the cause: such suspects run one at a time, in a thread of their own. A
 * delivery that was there at `MAX_CRASHES` deaths is quarantined, like one that kills the process.
 */
export function createThreads(parts: ThreadsParts): Threads {
  const { count, always = false, start, data, provider, clock, random, failed } = parts
  const senders: (Sender | undefined)[] = []
  let lone: Sender | undefined
  let turn: Promise<unknown> = Promise.resolve()
  /** How many threads died with this delivery in them. */
  const suspects = new Map<string, number>()
  let inFlight = 0
  let busyUntil = Number.NEGATIVE_INFINITY
  let startAgainAt = Number.NEGATIVE_INFINITY
  let looking: NodeJS.Timeout | undefined
  let stopped = false
  let alike: Parameters<Threads['spread']>[1] = () => undefined

  const all = (): Sender[] => [...senders, lone].filter((one) => one !== undefined)

  function died(reason: Error, attempts: number, started: boolean): void {
    startAgainAt = performance.now() + (started ? (always ? 0 : LOOK) : MINUTE)
    const lost = attempts === 0 ? 'nothing was in it' : `${counted(attempts, 'delivery', 'deliveries')} in it will be tried again, one at a time`
    failed('a thread that sends', new Error(`A thread that sends has died; ${lost}: ${reason.message}`, { cause: reason }))
  }

  function startOne(): Sender {
    looking ??= setInterval(look, LOOK).unref()
    return createSender({ start, data, clock, random, alike: (id) => alike(id), died })
  }

  function look(): void {
    const now = performance.now()
    for (const one of all()) one.look(now)
    if (all().some((one) => !one.hasEnded())) return
    clearInterval(looking)
    looking = undefined
  }

  function isBusy(now: number): boolean {
    if (inFlight > FEW) busyUntil = now + CALM
    return always || now < busyUntil
  }

  /** The thread for this attempt, if it has started; otherwise it is started. */
  function senderFor(attempt: Attempt): Sender | undefined {
    const place = hash(`${attempt.connections[0]?.id} ${originOf(attempt.job.destination)}`) % count
    const known = senders[place]
    if (known !== undefined && !known.hasEnded()) return known.isReady() || always ? known : undefined
    if (performance.now() < startAgainAt) return undefined
    senders[place] = startOne()
    return always ? senders[place] : undefined
  }

  async function sendIn(sender: Sender, attempt: Attempt): Promise<Outcome> {
    const { job } = attempt
    try {
      const outcome = await sender.send(attempt)
      suspects.delete(job.id)
      return outcome
    } catch (error) {
      if (!(error instanceof ThreadDied)) {
        suspects.delete(job.id)
        throw error
      }
      return lostIn(attempt)
    }
  }

  /** The attempt may have been sent, or not: it counts, and the next one has the same id. */
  function lostIn({ job }: Attempt): Outcome {
    const deaths = (suspects.get(job.id) ?? 0) + 1
    suspects.delete(job.id)
    if (deaths >= MAX_CRASHES) return ended(job, 'failed', { code: 'quarantined', sentence: `The thread died ${deaths} times while sending this` }, clock())
    suspects.set(job.id, deaths)
    if (suspects.size > REMEMBERED) suspects.delete(suspects.keys().next().value!)
    return tryLater(job, { code: 'thread_died', sentence: 'The thread that sent it died; it may have been sent' }, { clock, random })
  }

  /** When no other suspect runs, so that a death is always attributed to the right one. */
  function alone(attempt: Attempt): Promise<Outcome> {
    const mine = turn.then(() => {
      if (lone === undefined || lone.hasEnded()) lone = startOne()
      return sendIn(lone, attempt)
    })
    turn = mine.catch(() => {})
    return mine
  }

  function isForThreads({ job, connections }: Attempt): boolean {
    return (
      job.verdict.decision === 'deliver' &&
      job.unreadable !== true &&
      (job.expiresAt === null || job.expiresAt > clock()) &&
      connections.length > 0 &&
      connections.every((one) => provider(one.provider)?.inMain !== true)
    )
  }

  return {
    spread(here, asked) {
      alike = asked
      if (count === 0) return here
      return async (attempt) => {
        inFlight++
        try {
          if (stopped || !isForThreads(attempt)) return await here(attempt)
          if (suspects.has(attempt.job.id)) return await alone(attempt)
          const sender = isBusy(performance.now()) ? senderFor(attempt) : undefined
          return await (sender === undefined ? here(attempt) : sendIn(sender, attempt))
        } finally {
          inFlight--
        }
      }
    },
    forget(settings) {
      for (const one of all()) one.forget(settings)
    },
    stop() {
      stopped = true
      clearInterval(looking)
      for (const one of all()) one.end()
    },
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
