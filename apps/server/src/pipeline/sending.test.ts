import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { noOutcome } from '../delivery/outcome.ts'
import { aClaimed, aJob } from '../delivery/testing/job.ts'
import { aConnection, anEvent, NOON } from '../domain/testing/samples.ts'
import { createPace } from '../flow/pace.ts'
import { createSuspectTurn } from '../flow/suspects.ts'
import { gate } from '../flow/testing/turns.ts'
import { pass } from '../flow/testing/world.ts'
import { createSending } from './sending.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** Sends these suspects, by their crashes, and nothing else. Every attempt waits for the vendor. */
function rig(...crashes: number[]) {
  const vendor = gate()
  const asked: boolean[] = []
  const sent: string[] = []
  const left = crashes.map((count, n) => aClaimed({ id: `dlv_${n}`, destinationId: `dst_${n}`, crashes: count }))
  const outbox: Parameters<typeof createSending>[0]['outbox'] = {
    claim: async () => [],
    async claimSuspect(_queues, alone) {
      asked.push(alone)
      const at = left.findIndex((one) => alone || one.crashes === 1)
      return at < 0 ? null : (left.splice(at, 1)[0] ?? null)
    },
    load: async (claimed) => claimed.map((one) => ({ claimed: one, event: anEvent(), person: aJob().person, standing: null })),
    record: async () => ({ changed: [], told: null }),
    nextDue: async () => new Map(),
  }
  const sending = createSending(
    {
      outbox,
      registry: {
        lanes: () => [aConnection()],
        queuesOf: ({ id }) => [id],
        isAiling: () => false,
        closedUntil: () => null,
        nextOpening: () => null,
        updateHealth() {},
      },
      limits: () => ({ concurrency: 8 }),
      clock: Date.now,
      grouping: createPace,
      isStorageFailure: () => false,
      isHeld: () => false,
      failed: (_, error) => expect.unreachable(String(error)),
      heldBack() {},
    },
    {
      toJob: ({ claimed }) => aJob(claimed),
      async attempt(job) {
        sent.push(job.id)
        await vendor.opened
        return { ...noOutcome(job), state: 'sent' }
      },
    },
    createSuspectTurn(() => sending.wake()),
  )
  return { sending, asked, sent, vendor }
}

it('lets suspects of a single death run beside each other after a second, and asks for no others meanwhile', async () => {
  const { sending, asked, sent, vendor } = rig(1, 1, 2)
  sending.wake()
  await pass(500)
  expect([sent, asked]).toEqual([['dlv_0'], [true]])
  await pass(5000)
  expect(sent).toEqual(['dlv_0', 'dlv_1'])
  expect(new Set(asked.slice(1))).toEqual(new Set([false]))
  vendor.open()
  await pass(500)
  expect(sent).toEqual(['dlv_0', 'dlv_1', 'dlv_2'])
  expect(asked).toContain(true)
})

it('lets nothing run beside a suspect of two deaths', async () => {
  const { sending, sent, vendor } = rig(2, 1)
  sending.wake()
  await pass(5000)
  expect(sent).toEqual(['dlv_0'])
  vendor.open()
  await pass(500)
  expect(sent).toEqual(['dlv_0', 'dlv_1'])
})
