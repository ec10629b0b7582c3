import { vi } from 'vitest'
import type { Claimed, Job } from '../../delivery/job.ts'
import type { Outcome } from '../../delivery/outcome.ts'
import { aClaimed, aJob } from '../../delivery/testing/job.ts'
import { anEvent } from '../../domain/testing/samples.ts'
import type { Millis } from '../../domain/time.ts'
import { createPace } from '../pace.ts'
import { createPump } from '../pump.ts'
import type { LanePlan, PumpParts } from '../pump-parts.ts'
import { settle } from './turns.ts'

interface Row {
  claimed: Claimed
  state: 'queued' | 'sending' | Outcome['state']
  dueAt: Millis
}

type Given = Partial<Claimed> & { dueAt?: Millis }

export const clock = () => Date.now()

/** Turns the virtual clock in small steps, so that what a timer starts can happen before the next one fires. */
export async function pass(ms: Millis): Promise<void> {
  for (let left = ms; left > 0; left -= 25) {
    vi.advanceTimersByTime(Math.min(left, 25))
    await settle(5)
  }
}

export const outcome = (delivery: Claimed, more: Partial<Outcome> = {}): Outcome => ({
  delivery,
  state: 'sent',
  hold: null,
  dueAt: null,
  tries: [],
  health: [{ target: delivery.connectionId, error: null, at: clock() }],
  error: null,
  externalId: null,
  message: null,
  unreachable: null,
  settled: null,
  postponed: false,
  ...more,
})

/** An outbox in memory and a pump on it. `answers` plays the vendor; every delivery that it gets is recorded in `sent`. */
export function createWorld(answers: (job: Job) => Promise<Outcome> = async (job) => outcome(job), more: Partial<PumpParts> = {}) {
  const rows = new Map<string, Row>()
  const lanes: LanePlan[] = [{ id: 'con_mail', queues: ['con_mail'], concurrency: 64 }]
  const sent: string[] = []
  const errors: unknown[] = []
  const claimed: string[] = []
  const urgent = new Set<string>()
  const due = (queues: string[], suspect: boolean) =>
    [...rows.values()].filter(
      ({ claimed, state, dueAt }) => state === 'queued' && dueAt <= clock() && claimed.crashes > 0 === suspect && queues.includes(claimed.connectionId),
    )
  const lease = (row: Row): Claimed => {
    row.state = 'sending'
    row.claimed = { ...row.claimed, attempts: row.claimed.attempts + 1, lease: row.claimed.lease + 1 }
    return row.claimed
  }

  function planOne(id: string, { dueAt = clock(), ...given }: Given): void {
    rows.set(id, { claimed: aClaimed({ destinationId: `dst_${id}`, ...given, id, attempts: 0 }), state: 'queued', dueAt })
  }

  /** Those of a single death first. */
  function claimSuspect(queues: string[], alone: boolean): Claimed | null {
    const [once, others] = [true, false].map((is) => due(queues, true).filter(({ claimed }) => (claimed.crashes === 1) === is))
    return [...once!, ...(alone ? others! : [])].slice(0, 1).map(lease)[0] ?? null
  }

  const pump = createPump({
    lanes: () => lanes,
    claim: async (queues, limit, order) => {
      claimed.push(...queues)
      const [first, others] = [true, false].map((is) => due(queues, false).filter(({ claimed }) => urgent.has(claimed.id) === is))
      const rows = { 'urgent first': [...first!, ...others!], 'oldest first': due(queues, false), 'urgent only': first! }[order]
      return rows.slice(0, limit).map(lease)
    },
    claimSuspect: async (queues) => claimSuspect(queues, true),
    letNextSuspect: () => () => {},
    load: async (claimed) => claimed.map((one) => aJob({ ...one, ...(urgent.has(one.id) && { event: anEvent({ priority: 'urgent' }) }) })),
    attempt: (job) => {
      sent.push(job.id)
      return answers(job)
    },
    record: async (outcomes) => {
      for (const { delivery, state, dueAt, postponed } of outcomes) {
        const row = rows.get(delivery.id)!
        if (row.state !== 'sending' || row.claimed.lease !== delivery.lease) throw new Error(`${delivery.id} was not leased`)
        row.state = state
        row.dueAt = dueAt ?? row.dueAt
        if (postponed) row.claimed = { ...row.claimed, attempts: row.claimed.attempts - 1 }
      }
    },
    isStorageFailure: () => false,
    grouping: createPace,
    nextDue: async (queues) => {
      const waiting = [...rows.values()].filter(({ claimed, state }) => state === 'queued' && queues.includes(claimed.connectionId))
      const byQueue = Map.groupBy(waiting, ({ claimed }) => claimed.connectionId)
      return new Map([...byQueue].map(([queue, all]) => [queue, Math.min(...all.map(({ dueAt }) => dueAt))]))
    },
    closedUntil: () => null,
    nextOpening: () => null,
    failed: (error) => errors.push(error),
    clock,
    ...more,
  })

  return {
    pump,
    claimSuspect,
    rows,
    lanes,
    sent,
    errors,
    /** The queues that were claimed from. */
    claimed,
    /** The ids of those that are urgent. */
    urgent,
    /** Plans deliveries `<prefix>0`, `<prefix>1`, … */
    plan(prefix: string, count: number, given: Given = {}) {
      for (let i = 0; i < count; i++) planOne(`${prefix}${i}`, given)
    },
    planOne,
    /** How many deliveries are in each state. */
    states: () => Object.fromEntries([...Map.groupBy(rows.values(), ({ state }) => state)].map(([state, all]) => [state, all.length])),
  }
}
