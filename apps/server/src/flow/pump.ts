import type { Claimed, Job } from '../delivery/job.ts'
import { type Outcome, postponed } from '../delivery/outcome.ts'
import type { Clock, Millis } from '../domain/time.ts'
import { Lane, type LaneLimits } from './lane.ts'
import { createLoop, type Loop } from './loop.ts'
import { createRecorder } from './recorder.ts'
import { createTurnstile, SLOW, type Turnstile } from './turnstile.ts'

/** A connection that may be claimed for now, and whose queues it empties. */
export interface Road extends LaneLimits {
  id: string
  queues: string[]
  /** It was blocked and has not worked since: it opens slowly. */
  ailing?: boolean
}

export interface PumpParts {
  roads(now: Millis): Road[]
  claim(queues: string[], limit: number, urgentFirst: boolean): Promise<Claimed[]>
  /** One delivery that was in flight when its process died, of any of these queues. */
  claimSuspect(queues: string[]): Promise<Claimed | null>
  load(claimed: Claimed[]): Promise<Job[]>
  /** Makes one attempt. Never throws. */
  attempt(job: Job, road: string): Promise<Outcome>
  record(outcomes: Outcome[]): Promise<void>
  /** When the next delivery of each of these queues comes due; those without one are not in it. */
  nextDue(queues: string[]): Promise<ReadonlyMap<string, Millis>>
  /** Until when nothing goes to a destination; null when it may be asked. */
  closedUntil(destination: string): Millis | null
  /** When a connection that has no road now gets one again; null when none waits. */
  nextOpening(): Millis | null
  failed(error: unknown): void
  clock: Clock
}

export interface Pump {
  /** Something may be due: look. With `queues`, something was just put into these, and nothing else has to be looked at. */
  wake(queues?: ReadonlySet<string>): void
  /** No more claims; what is in flight ends (at most `withinMs`), the rest goes back unharmed. */
  stop(withinMs: Millis): Promise<void>
  inFlight(): number
}

/** Rows of one claim. */
const CLAIM = 200
/** How far a delivery is put off whose destination hangs or fails. */
const PUT_OFF: Millis = 5000
/** Longest sleep: another node may have made work that nobody told us of. */
const LONGEST_SLEEP: Millis = 5000

/**
 * Claim -> attempt -> record, per connection. Every connection has a lane with its own concurrency, rate and slow start; a turnstile
 * in front of each destination keeps one slow receiver from holding the lane. Outcomes are recorded in groups.
 */
export function createPump(parts: PumpParts): Pump {
  const { clock } = parts
  const lanes = new Map<string, { lane: Lane; loop: Loop; road: Road }>()
  const turnstile: Turnstile = createTurnstile(clock)
  /** Claimed deliveries that wait for their turn, by destination. */
  const parked = new Map<string, { lane: Lane; job: Job }[]>()
  const recorder = createRecorder<Outcome>(
    async (outcomes) => {
      await parts.record(outcomes)
      for (const { state, dueAt } of outcomes) if (state === 'queued' && dueAt !== null) sleep(dueAt - clock())
    },
    (error) => parts.failed(error),
  )
  /** Connections that had a lane once. */
  const closed = new Set<string>()
  /** Lanes that end: what they are claiming still has to be given back. */
  const closing = new Set<Promise<void>>()
  let stopping = false
  let inFlight = 0
  let sleeping: NodeJS.Timeout | undefined

  function wake(queues?: ReadonlySet<string>): void {
    if (stopping) return
    arrange(parts.roads(clock()))
    sendAwaySlow()
    if (queues !== undefined) {
      for (const entry of lanes.values()) if (entry.road.queues.some((queue) => queues.has(queue))) rouse(entry)
      return
    }
    const opening = parts.nextOpening()
    if (opening !== null) sleep(opening - clock())
    looking.wake()
    suspects.wake()
  }

  /** Lanes as the roads are now. */
  function arrange(roads: Road[]): void {
    for (const road of roads) {
      const known = lanes.get(road.id)
      if (known) {
        known.road = road
        known.lane.update(road)
        continue
      }
      // A new connection opens at once: one at a time, its first delivery to a receiver that hangs would hold up everybody's. One that was
      // closed opens slowly, whoever opened it: time, a test, or an operator.
      const lane = new Lane(road.id, road, clock, road.ailing || closed.has(road.id))
      closed.delete(road.id)
      lanes.set(road.id, { lane, road, loop: createLoop(() => fill(lane), troubled) })
    }
    const open = new Set(roads.map(({ id }) => id))
    for (const [id, entry] of lanes) if (!open.has(id)) close(entry)
  }

  function rouse({ lane, loop }: { lane: Lane; loop: Loop }): void {
    lane.drained = false
    loop.wake()
  }

  /** One question for all lanes, however many there are: only those that have something due claim. */
  const looking = createLoop(async () => {
    if (stopping) return false
    const all = [...lanes.values()]
    const due = await parts.nextDue(all.flatMap(({ road }) => road.queues))
    const now = clock()
    for (const entry of all) {
      const next = Math.min(...entry.road.queues.map((queue) => due.get(queue) ?? Number.POSITIVE_INFINITY))
      if (next <= now) rouse(entry)
      else sleep(next - now)
    }
    sleep(LONGEST_SLEEP)
    return false
  }, troubled)

  function troubled(error: unknown): void {
    parts.failed(error)
    sleep(LONGEST_SLEEP)
  }

  /** A lane that was blocked or switched off gives back what it has not started. */
  function close({ lane, loop }: { lane: Lane; loop: Loop }): void {
    lanes.delete(lane.id)
    closed.add(lane.id)
    const stopped = loop.stop().finally(() => closing.delete(stopped))
    closing.add(stopped)
    for (const job of lane.ready.splice(0)) recorder.add(postponed(job, clock()))
    for (const [destination, waiting] of parked) {
      const kept = waiting.filter((one) => one.lane !== lane)
      for (const { job } of waiting.filter((one) => one.lane === lane)) recorder.add(postponed(job, clock()))
      if (kept.length > 0) parked.set(destination, kept)
      else parked.delete(destination)
    }
    lane.parked = 0
  }

  async function fill(lane: Lane): Promise<boolean> {
    const entry = lanes.get(lane.id)
    if (stopping || entry?.lane !== lane) return false
    if (lane.drained) return false
    const limit = lane.appetite(CLAIM)
    if (limit <= 0) {
      sleep(lane.waitForRate() ?? LONGEST_SLEEP)
      return false
    }
    // Said before it is known: whoever wakes us meanwhile takes it back.
    lane.drained = true
    const claimed = await parts.claim(entry.road.queues, limit, lane.claims++ % 4 !== 3)
    if (claimed.length === limit) lane.drained = false
    if (claimed.length > 0) await begin(lane, entry, claimed)
    return !lane.drained
  }

  async function begin(lane: Lane, entry: unknown, claimed: Claimed[]): Promise<void> {
    const jobs = await load(claimed)
    if (stopping || lanes.get(lane.id) !== entry) for (const job of jobs) recorder.add(postponed(job, clock()))
    else {
      lane.ready.push(...jobs)
      start(lane)
    }
  }

  /** Rows that cannot be read are put off, each alone: left as they are, they would stay leased for as long as this process lives. */
  async function load(claimed: Claimed[]): Promise<Job[]> {
    try {
      return await parts.load(claimed)
    } catch (error) {
      if (claimed.length === 1) {
        parts.failed(error)
        recorder.add(postponed(claimed[0]!, clock() + PUT_OFF))
        return []
      }
    }
    const jobs: Job[] = []
    for (const one of claimed) jobs.push(...(await load([one])))
    return jobs
  }

  function start(lane: Lane): void {
    while (!stopping && lane.ready.length > 0 && lane.room() > 0) {
      const job = lane.ready.shift()!
      const until = parts.closedUntil(job.destinationId)
      const entry = until !== null ? 'later' : turnstile.enter(job.destinationId, job.id)
      if (entry === 'go') void run(lane, job)
      else if (entry === 'later') {
        recorder.add(postponed(job, until ?? clock() + PUT_OFF))
        // Nothing is left in flight that would call them.
        if (until !== null) sendAway(job.destinationId, until)
      } else {
        lane.parked++
        const waiting = parked.get(job.destinationId)
        if (waiting) waiting.push({ lane, job })
        else parked.set(job.destinationId, [{ lane, job }])
      }
    }
    if (lane.ready.length > 0) {
      const wait = lane.waitForRate()
      if (wait !== null) sleep(wait)
    }
  }

  async function run(lane: Lane, job: Job): Promise<void> {
    lane.started()
    inFlight++
    const outcome = await parts.attempt(job, lane.id)
    inFlight--
    if (outcome.state === 'sent') lane.succeeded()
    turnstile.leave(job.destinationId, job.id, workedFor(job.destinationId, outcome))
    recorder.add(outcome)
    // While a connection opens slowly, a failure may close it again: that is known before the next one goes.
    if (lane.opening() && outcome.state !== 'sent') await recorder.flush()
    lane.inFlight--
    next(job.destinationId)
    start(lane)
    if (!lane.drained) lanes.get(lane.id)?.loop.wake()
  }

  /** The next delivery that waits for this destination goes to the head of its lane. */
  function next(destination: string): void {
    const waiting = parked.get(destination)
    const one = waiting?.shift()
    if (waiting?.length === 0) parked.delete(destination)
    if (one === undefined) return
    one.lane.parked--
    one.lane.ready.unshift(one.job)
    start(one.lane)
  }

  function sendAwaySlow(): void {
    for (const destination of parked.keys()) if (turnstile.isSlow(destination)) sendAway(destination, clock() + PUT_OFF)
  }

  function sendAway(destination: string, until: Millis): void {
    for (const { lane, job } of parked.get(destination) ?? []) {
      lane.parked--
      recorder.add(postponed(job, until))
    }
    parked.delete(destination)
  }

  /** What was in flight when a process died runs alone, so that the one that killed it is found and the others are not blamed. */
  const suspects = createLoop(async () => {
    if (stopping) return false
    const queues = parts.roads(clock()).flatMap(({ queues }) => queues)
    const claimed = await parts.claimSuspect(queues)
    if (claimed === null) return false
    for (const job of await load([claimed])) {
      if (stopping) {
        recorder.add(postponed(job, clock()))
        return false
      }
      inFlight++
      recorder.add(await parts.attempt(job, job.connectionId))
      inFlight--
    }
    await recorder.flush()
    return true
  }, troubled)

  function sleep(ms: Millis): void {
    const delay = Math.max(1, Math.min(parked.size > 0 ? Math.min(ms, SLOW) : ms, LONGEST_SLEEP))
    const due = clock() + delay
    if (sleeping !== undefined && wakesAt <= due) return
    clearTimeout(sleeping)
    wakesAt = due
    sleeping = setTimeout(() => {
      sleeping = undefined
      wake()
    }, delay)
  }
  let wakesAt = 0

  return {
    wake,
    inFlight: () => inFlight,
    async stop(withinMs) {
      stopping = true
      clearTimeout(sleeping)
      for (const entry of [...lanes.values()]) close(entry)
      await Promise.all([looking.stop(), ...closing])
      const deadline = performance.now() + withinMs
      let suspectsEnded = false
      void suspects.stop().then(() => {
        suspectsEnded = true
      })
      while ((inFlight > 0 || !suspectsEnded) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
      await recorder.end()
    },
  }
}

/** What an attempt says about the destination itself; null when it says nothing, such as when the mail server was down. */
function workedFor(destination: string, { health, state }: Outcome): boolean | null {
  const own = health.findLast(({ target }) => target === destination)
  return own === undefined ? (state === 'sent' ? true : null) : own.error === null
}
