import { expect, it, vi } from 'vitest'
import type { SendingHold } from '../domain/sending-hold.ts'
import { createHoldWatch } from './sending-hold.ts'

const HOLD: SendingHold = { backupAt: 1, restoredAt: 2 }

/** What the database holds, and how often it was read. */
function rig(first: SendingHold | null) {
  const database = { hold: first, reads: 0 }
  const confirmed = vi.fn()
  const failed = vi.fn()
  const log = { info: vi.fn(), warn: vi.fn() }
  const read = async () => {
    database.reads++
    return database.hold
  }
  const watch = createHoldWatch({ read, confirmed, failed, log })
  const looked = async () => {
    const before = database.reads
    watch.loop.wake()
    await expect.poll(() => database.reads).toBe(before + 1)
    await new Promise((turn) => setImmediate(turn))
  }
  return { database, confirmed, failed, log, watch, looked }
}

it('a hold of sending ends when the database says so: the node is free, wakes its lanes once, and says it', async () => {
  const { database, confirmed, log, watch, looked } = rig(HOLD)
  await watch.look()
  expect([watch.held(), log.warn.mock.calls.length]).toEqual([true, 1])
  await looked()
  expect([watch.held(), confirmed.mock.calls.length]).toEqual([true, 0])
  database.hold = null
  await looked()
  expect([watch.held(), confirmed.mock.calls.length, log.info.mock.calls.length]).toEqual([false, 1, 1])
})

it('a hold of sending does not begin while a node runs, and a free node asks the database no more', async () => {
  const { database, confirmed, log, watch } = rig(null)
  await watch.look()
  expect([watch.held(), log.warn.mock.calls.length]).toEqual([false, 0])
  database.hold = HOLD
  watch.loop.wake()
  for (let turn = 0; turn < 10; turn++) await new Promise((next) => setImmediate(next))
  expect([watch.held(), database.reads, confirmed.mock.calls.length]).toEqual([false, 1, 0])
})
