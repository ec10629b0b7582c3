import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { NOON } from '../domain/testing/samples.ts'
import { gate } from './testing/turns.ts'
import { createWorld, outcome, pass } from './testing/world.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

it('a delivery stays in hand when an outcome of its claim before is written late', async () => {
  const vendor = gate()
  const written: string[] = []
  const world = createWorld(
    async (job) => {
      if (job.attempts > 1) await vendor.opened
      return outcome(job, { state: job.attempts > 1 ? 'sent' : 'queued', dueAt: job.attempts > 1 ? null : NOON })
    },
    {
      isStorageFailure: () => true,
      // The first outcome is stored by a commit whose answer is lost; the outbox takes it for its own once more, and ignores it.
      async record(outcomes) {
        for (const { delivery, state } of outcomes) {
          written.push(`${delivery.attempts} ${state}`)
          const row = world.rows.get(delivery.id)!
          if (row.claimed.lease === delivery.lease) row.state = state
        }
        if (written.length === 1) throw new Error('no answer')
      },
    },
  )
  world.plan('a', 1)
  world.pump.wake()
  await pass(100)
  world.pump.wake()
  await pass(1500)
  expect(written).toEqual(['1 queued', '1 queued'])
  expect(world.states()).toEqual({ sending: 1 })
  expect(world.pump.inHand()).toEqual(['a0'])
  vendor.open()
  await pass(100)
  expect(written).toEqual(['1 queued', '1 queued', '2 sent'])
  expect(world.pump.inHand()).toEqual([])
})
