import { type Claimed, claimedOf, type Job } from '../delivery/job.ts'
import { type Outcome, postponed } from '../delivery/outcome.ts'
import type { Millis } from '../domain/time.ts'
import { createAlarm } from './alarm.ts'
import { createDoor } from './door.ts'
import { createHandOver, type HandOver, MOST_IN_HAND } from './hand-over.ts'
import { Lane } from './lane.ts'
import { createLoop, type Loop } from './loop.ts'
import type { LanePlan, PumpParts } from './pump-parts.ts'
import { createReading } from './reading.ts'
import { createRecorder } from './recorder.ts'
import { createSuspectStep } from './suspect-step.ts'
import { SLOW } from './turnstile.ts'
import { workedFor } from './worked-for.ts'

export interface Pump extends HandOver {
  /** Something may be due. With `queues`, only these received new deliveries, `urgent` among them urgent ones, and no other is looked at. */
  wake(queues?: ReadonlySet<string>, urgent?: ReadonlySet<string>): void
  /** Puts the deliveries of this event that have not started back into the queue. Resolves when they are there. */
  giveBack(eventId: string): Promise<void>
  /** Deliveries may have been called off without a word: whatever is in memory is read again before it starts. */
  lookAgain(): void
  /** No more claims. Deliveries in flight end (at most `withinMs`), the others are given back unharmed. */
  stop(withinMs: Millis): Promise<void>
  inFlight(): number
  /** Deliveries whose leases have to be kept, by id. */
  inHand(): string[]
}

/** Rows of one claim. */
const CLAIM = 200
/** Longest sleep: another node may have queued deliveries without this one being notified. */
const LONGEST_SLEEP: Millis = 5000
/** Sleep while deliveries come due one shortly after the other, as those do whose holds ended together. */
const CROWD: Millis = 100
const NONE: ReadonlySet<string> = new Set()

/**
 * Claim -> attempt -> record, per connection. Every connection has a lane with its own concurrency, rate limit and slow start. A door
 * in front of each destination keeps one slow receiver from blocking the lane. Outcomes are recorded in groups.
 */
export function createPump(parts: PumpParts): Pump {
  const { clock } = parts
  /** `found`: a look found something due, and nothing was claimed since. */
  const lanes = new Map<string, { lane: Lane; loop: Loop; plan: LanePlan; found: boolean }>()
  /** Claimed, and the outcome not recorded yet: the number of the lease by the id of the delivery. */
  const inHand = new Map<string, number>()
  const recorder = createRecorder<Outcome>({
    async write(outcomes) {
      await parts.record(outcomes)
      // An outcome that was kept may come after the next claim.
      for (const { delivery } of outcomes) if (inHand.get(delivery.id) === delivery.lease) inHand.delete(delivery.id)
      for (const { state, dueAt } of outcomes) if (state === 'queued' && dueAt !== null) sleep(dueAt - clock())
    },
    failed: (error) => parts.failed(error),
    isStorageFailure: parts.isStorageFailure,
    grouping: parts.grouping,
  })
  const putOff = (job: Claimed, until: Millis) => recorder.add(postponed(job, until))
  const door = createDoor({ clock, closedUntil: parts.closedUntil, putOff })
  const reading = createReading({ ...parts, putOff })
  /** Connections that had a lane before. */
  const closed = new Set<string>()
  /** Lanes that are closing: rows that they are still claiming have to be given back. */
  const closing = new Set<Promise<void>>()
  let stopping = false
  let inFlight = 0

  function wake(queues?: ReadonlySet<string>, urgent: ReadonlySet<string> = NONE): void {
    if (stopping) return
    arrange(parts.lanes(clock()))
    door.sendAwaySlow()
    // What a rate or a concurrency held up in memory may start now.
    for (const { lane } of lanes.values()) start(lane)
    if (queues !== undefined) {
      for (const entry of lanes.values()) if (meets(entry.plan, queues)) rouse(entry, meets(entry.plan, urgent))
      return
    }
    const opening = parts.nextOpening()
    if (opening !== null) sleep(opening - clock())
    looking.wake()
    suspects.wake()
  }

  /** Opens, updates and closes lanes as planned. */
  function arrange(plans: LanePlan[]): void {
    for (const plan of plans) {
      const known = lanes.get(plan.id)
      if (known) {
        known.plan = plan
        known.lane.update(plan)
        continue
      }
      // A new connection opens at once: if it opened slowly, its first delivery to a hanging receiver would delay all the others. A
      // connection that was closed opens slowly, whatever opened it: time, a test, or an operator.
      const lane = new Lane(plan.id, plan, clock, plan.ailing || closed.has(plan.id))
      closed.delete(plan.id)
      lanes.set(plan.id, { lane, plan, loop: createLoop(() => fill(lane), troubled), found: false })
    }
    const open = new Set(plans.map(({ id }) => id))
    for (const [id, entry] of lanes) if (!open.has(id)) close(entry)
  }

  function rouse({ lane, loop }: { lane: Lane; loop: Loop }, urgent: boolean): void {
    lane.drained = false
    lane.urgentDue ||= urgent
    loop.wake()
  }

  /** One query for all lanes, however many there are; only lanes with something due claim. */
  const looking = createLoop(async () => {
    if (stopping) return false
    const all = [...lanes.values()]
    const due = await parts.nextDue(all.flatMap(({ plan }) => plan.queues))
    const now = clock()
    for (const entry of all) {
      const next = Math.min(...entry.plan.queues.map((queue) => due.get(queue) ?? Number.POSITIVE_INFINITY))
      if (next > now) sleep(next - now)
      else {
        entry.found = true
        rouse(entry, true)
      }
    }
    sleep(LONGEST_SLEEP)
    return false
  }, troubled)

  function troubled(error: unknown): void {
    parts.failed(error)
    sleep(LONGEST_SLEEP)
  }

  /** A stop waits for this: it may put deliveries off. */
  function ending(work: Promise<void>): void {
    const done = work.finally(() => closing.delete(done))
    closing.add(done)
  }

  /** A lane that was blocked or switched off gives back the deliveries that it has not started. */
  function close({ lane, loop }: { lane: Lane; loop: Loop }): void {
    lanes.delete(lane.id)
    closed.add(lane.id)
    ending(loop.stop())
    for (const job of [...lane.ready.take(), ...door.clear(lane)]) putOff(job, clock())
  }

  async function fill(lane: Lane): Promise<boolean> {
    const entry = lanes.get(lane.id)
    if (stopping || entry?.lane !== lane) return false
    if (lane.drained) return false
    const asked = lane.ask(CLAIM, MOST_IN_HAND - inHand.size)
    if (asked === null) {
      sleep(lane.waitForRate() ?? LONGEST_SLEEP)
      return false
    }
    return reading.during(async (way) => {
      const claimed = await lane.claim(() => parts.claim(entry.plan.queues, asked.limit, asked.order))
      for (const { id, lease } of claimed) inHand.set(id, lease)
      if (claimed.length === asked.limit) {
        lane.drained = false
        lane.urgentDue = true
      }
      // A look tells when the first delivery is due, not when the next one is.
      else if (entry.found && claimed.length > 0) sleep(CROWD)
      entry.found = false
      if (claimed.length > 0) await begin(lane, entry, claimed, way)
      return !lane.drained
    })
  }

  async function begin(lane: Lane, entry: unknown, claimed: Claimed[], way: number): Promise<void> {
    const jobs = await reading.read(claimed)
    if (stopping || lanes.get(lane.id) !== entry) for (const job of jobs) putOff(job, clock())
    else {
      lane.ready.push(...jobs.filter((job) => reading.admit(job, way)))
      start(lane)
    }
  }

  function start(lane: Lane): void {
    while (!stopping && !lane.rereading && lane.ready.length > 0 && lane.room() > 0) {
      const job = lane.ready.shift()!
      if (!reading.isFresh(job)) ending(reread(lane, job))
      else if (door.enter(lane, job)) void run(lane, job)
    }
    if (lane.ready.length > 0) {
      const wait = lane.waitForRate()
      if (wait !== null) sleep(wait)
    }
  }

  /** This one waited too long: it is read again, with the others that did. */
  const reread = (lane: Lane, job: Job): Promise<void> =>
    reading.during(async (way) => {
      lane.rereading = true
      const jobs = await reading.read([job, ...lane.ready.take((one) => !reading.isFresh(one))].map(claimedOf))
      lane.rereading = false
      if (stopping || lanes.get(lane.id)?.lane !== lane) for (const one of jobs) putOff(one, clock())
      else {
        lane.ready.putBack(jobs.filter((one) => reading.admit(one, way)))
        start(lane)
      }
    })

  async function run(lane: Lane, job: Job): Promise<void> {
    lane.started()
    const outcome = await attempt(job, lane.id)
    if (outcome.state === 'sent') lane.succeeded()
    // While a connection opens slowly, a failure may close it again: record it before the next delivery starts.
    if (lane.opening() && outcome.state !== 'sent') await recorder.flush()
    lane.inFlight--
    next(job.destinationId)
    start(lane)
    if (!lane.drained) lanes.get(lane.id)?.loop.wake()
  }

  async function attempt(job: Job, laneId: string): Promise<Outcome> {
    inFlight++
    const outcome = await parts.attempt(job, laneId)
    inFlight--
    door.leave(job, workedFor(job.destinationId, outcome))
    recorder.add(outcome)
    return outcome
  }

  /** The next delivery that waits for this destination goes to the head of its lane. */
  function next(destination: string): void {
    const one = door.next(destination)
    if (one === undefined) return
    one.lane.ready.unshift(one.job)
    start(one.lane)
  }

  const trySuspect = createSuspectStep({
    clock,
    async claim() {
      const claimed = await parts.claimSuspect(parts.lanes(clock()).flatMap(({ queues }) => queues))
      if (claimed !== null) inHand.set(claimed.id, claimed.lease)
      return claimed
    },
    reading,
    door,
    putOff,
    async run(job) {
      await attempt(job, job.connectionId)
      next(job.destinationId)
    },
    flush: recorder.flush,
    letNext: parts.letNextSuspect,
    isStopping: () => stopping,
  })
  const suspects = createLoop(trySuspect, troubled)

  const alarm = createAlarm(clock, () => wake())
  const sleep = (ms: Millis): void => alarm.within(Math.min(door.isOccupied() ? Math.min(ms, SLOW) : ms, LONGEST_SLEEP))

  const { waiting, ...handOver } = createHandOver({
    clock,
    laneOf: (id) => (stopping ? undefined : lanes.get(id)?.lane),
    closedUntil: parts.closedUntil,
    inHand,
    reading,
    putOff,
    start,
  })

  return {
    wake,
    ...handOver,
    giveBack(eventId) {
      const isOfEvent = (job: Job) => job.eventId === eventId
      reading.recall(eventId)
      for (const { lane } of lanes.values()) for (const job of [...lane.ready.take(isOfEvent), ...door.clear(lane, isOfEvent)]) putOff(job, clock())
      return recorder.flush()
    },
    lookAgain: reading.lookAgain,
    inFlight: () => inFlight,
    inHand: () => [...inHand.keys()],
    async stop(withinMs) {
      stopping = true
      alarm.stop()
      for (const entry of [...lanes.values()]) close(entry)
      // What fails in them was reported: it must not keep the rest from ending.
      await Promise.allSettled([looking.stop(), ...closing])
      const deadline = performance.now() + withinMs
      let suspectsEnded = false
      void suspects.stop().then(() => {
        suspectsEnded = true
      })
      while ((inFlight > 0 || waiting() > 0 || !suspectsEnded) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
      await recorder.end()
    },
  }
}

const meets = ({ queues }: LanePlan, some: ReadonlySet<string>): boolean => queues.some((queue) => some.has(queue))
