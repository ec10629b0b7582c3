import { type Outcome, postponed } from '../../delivery/outcome.ts'
import { isAddressId } from '../../domain/address-id.ts'
import type { AlikeRefusals, TargetHealth } from '../../domain/connection.ts'
import type { JsonObject } from '../../domain/json.ts'
import { type Clock, MINUTE, type Millis, SECOND } from '../../domain/time.ts'
import type { Log } from '../../log.ts'
import type { Attempt, Send } from '../../pipeline/send.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import { createDeathLog } from './death-log.ts'
import { createDeaths } from './deaths.ts'
import { afterDeath, condemned } from './fate.ts'
import type { ThreadData } from './messages.ts'
import { originOf } from './origin-of.ts'
import { createSender, NotHandedOver, type Sender, ThreadDied } from './sender.ts'
import { OtherForm, type StartThread } from './start-thread.ts'

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
  log: Pick<Log, 'error'>
}

export interface Threads {
  spread(here: Send): Send
  /** The settings of a connection that changed or was removed, or the fields of a destination. */
  forget(fields: JsonObject): void
  /** The health of a target changed: whether its refusals are the fault of the connection. */
  learn(health: Pick<TargetHealth, 'target' | 'alike'>): void
  /** How many ended by themselves, or could not start. */
  deaths(): number
  /** What is still being sent is aborted, and nothing more is sent. */
  stop(): void
}

/** More attempts in flight than this: the hub is busy, and a thread is worth its memory. */
const FEW = 8
/** Milliseconds after which a hub that is not busy any more sends in the main thread again. */
const CALM = 1000
/** Milliseconds between two looks at the threads, and before one that died has a successor. One that never started has none for a minute. */
const LOOK = 5000
/** A delivery on which so many deaths are blamed would kill the main thread next, and so the process. */
const TOO_MANY_FOR_MAIN = 2
/** A suspect that finds another one running comes again after this time, and at most as much again. */
const ASIDE: Millis = 2 * SECOND

/**
 * Sends in threads while the hub is busy: one main thread can then spend its time on the database. An attempt goes by its connection and its server,
 * so that connections are used again. While a thread starts, and after one died, the main thread sends; so it does with what a thread cannot take.
 *
 * The deliveries that were in a thread when it died are tried again, and may be the cause: such suspects run one at a time, in a thread of their own
 * (`deaths.ts`). One that finds it occupied is put off in the queue, where cancels, blocks and the rules still find it. With `MAX_CRASHES` deaths a delivery
 * is quarantined, like one that kills the process; an event of which so many deliveries were alone in one gets no other.
 */
export function createThreads(parts: ThreadsParts): Threads {
  const { count, always = false, start, data, provider, clock, random, log } = parts
  const senders: (Sender | undefined)[] = []
  let lone: Sender | undefined
  let isOccupied = false
  const deaths = createDeaths()
  const logDeath = createDeathLog({ log, clock })
  const blamed = new Map<string, AlikeRefusals>()
  /** Settings and destinations that no thread may get again: an attempt may still hold them. */
  const forgotten = new WeakSet<JsonObject>()
  let inFlight = 0
  let busyUntil = Number.NEGATIVE_INFINITY
  let startAgainAt = Number.NEGATIVE_INFINITY
  /** The same of the thread for suspects. */
  let loneAgainAt = Number.NEGATIVE_INFINITY
  /** The last one that died had never started: none may be possible here. */
  let isImpossible = false
  /** The files of the hub were replaced: no thread can be started until it is restarted. */
  let isReplaced = false
  let died = 0
  let looking: NodeJS.Timeout | undefined
  let stopped = false

  const all = (): Sender[] => [...senders, lone].filter((one) => one !== undefined)

  function noteDeath(reason: unknown, lost: readonly Attempt[], started: boolean, isLone: boolean): void {
    if (reason instanceof OtherForm) {
      if (!isReplaced) log.error('The files of Carillon were replaced while it runs: no thread can be started, and the main thread sends. Restart the hub.')
      isReplaced = true
      return
    }
    died++
    isImpossible = !started
    startAgainAt = performance.now() + (started ? (always ? 0 : LOOK) : MINUTE)
    if (isLone) loneAgainAt = startAgainAt
    deaths.count(lost.map(({ job }) => job))
    logDeath({ reason, lost: lost.map(({ job }) => ({ delivery: job, outcome: afterDeath(job, deaths.blamedOn(job), { clock, random }) })) })
  }

  /** Undefined: none may be started now, or none can be. */
  function startOne(eager: boolean, isLone = false): Sender | undefined {
    if (isReplaced) return undefined
    try {
      const sender = createSender({ start, data, eager, clock, random, blamed, died: (...how) => noteDeath(...how, isLone) })
      looking ??= setInterval(look, LOOK).unref()
      return sender
    } catch (error) {
      noteDeath(error, [], false, isLone)
      return undefined
    }
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

  /** The thread for this attempt, if it takes it now; when there is none it is started. */
  function senderFor({ connections, job }: Attempt): Sender | undefined {
    const place = hash(`${connections[0]?.id} ${originOf(job.destination)}`) % count
    if ((senders[place]?.hasEnded() ?? true) && performance.now() >= startAgainAt) senders[place] = startOne(always)
    const sender = senders[place]
    return sender?.isReady() ? sender : undefined
  }

  async function sendIn(sender: Sender, attempt: Attempt, here: Send): Promise<Outcome> {
    const { job } = attempt
    try {
      const outcome = await sender.send(attempt)
      deaths.survived(job)
      return outcome
    } catch (error) {
      if (error instanceof NotHandedOver) {
        if (stopped) return postponed(job, clock())
        // Otherwise it is too large for a message, so it has been in no thread.
        return await (sender.hasEnded() ? withoutThread(attempt, here) : here(attempt))
      }
      if (error instanceof ThreadDied) return stopped ? await leased() : lost(attempt)
      deaths.survived(job)
      throw error
    } finally {
      // Fields of a bare address are made for each attempt: the thread would keep them for nothing.
      if (job.destination !== null && isAddressId(job.recipient)) sender.forget(job.destination)
    }
  }

  function lost({ job }: Attempt): Outcome {
    const outcome = afterDeath(job, deaths.blamedOn(job), { clock, random })
    if (outcome.state === 'failed') deaths.ended(job)
    return outcome
  }

  /** No thread can take it now. One that is known to kill threads waits for one, or for the restart that the log asks for. */
  async function withoutThread(attempt: Attempt, here: Send): Promise<Outcome> {
    return deaths.blamedOn(attempt.job) < TOO_MANY_FOR_MAIN ? await here(attempt) : postponed(attempt.job, clock() + MINUTE)
  }

  /** When no other suspect runs, so that a death is always attributed to the right one. */
  async function alone(attempt: Attempt, here: Send): Promise<Outcome> {
    const now = performance.now()
    const isGone = lone?.hasEnded() ?? true
    if (isOccupied || (isGone && !isImpossible && now < loneAgainAt)) return postponed(attempt.job, clock() + Math.round(ASIDE * (1 + random())))
    if (isGone && !(isImpossible && now < startAgainAt)) lone = startOne(true, true)
    if (lone === undefined || lone.hasEnded()) return await withoutThread(attempt, here)
    isOccupied = true
    try {
      return await sendIn(lone, attempt, here)
    } finally {
      lone.forget(attempt.job.event)
      isOccupied = false
    }
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

  const holdsForgotten = ({ job, connections }: Attempt): boolean =>
    (job.destination !== null && forgotten.has(job.destination)) || connections.some(({ settings }) => forgotten.has(settings))

  return {
    spread(here) {
      if (count === 0) return here
      return async (attempt) => {
        inFlight++
        try {
          if (stopped) return postponed(attempt.job, clock())
          if (!isForThreads(attempt)) return await here(attempt)
          if (holdsForgotten(attempt)) return await withoutThread(attempt, here)
          if (deaths.isCondemned(attempt.job)) return condemned(attempt.job, deaths.blamedOn(attempt.job), clock)
          if (deaths.blamedOn(attempt.job) > 0) return await alone(attempt, here)
          const sender = isBusy(performance.now()) ? senderFor(attempt) : undefined
          return await (sender === undefined ? here(attempt) : sendIn(sender, attempt, here))
        } finally {
          inFlight--
        }
      }
    },
    forget(fields) {
      forgotten.add(fields)
      for (const one of all()) one.forget(fields)
    },
    learn({ target, alike }) {
      const series = alike?.blamed === true ? alike : undefined
      if (blamed.get(target) === series) return
      if (series === undefined) blamed.delete(target)
      else blamed.set(target, series)
      for (const one of all()) one.blame(target, series ?? null)
    },
    deaths: () => died,
    stop() {
      stopped = true
      clearInterval(looking)
      for (const one of all()) one.end()
    },
  }
}

/** What was being sent when the hub stopped was not ended by a fault: it never comes back, so it stays leased, as after a kill, and the next process takes it up. */
const leased = (): Promise<never> => new Promise(() => {})

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
