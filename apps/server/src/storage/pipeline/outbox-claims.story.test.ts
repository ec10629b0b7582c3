import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { noOutcome } from '../../delivery/outcome.ts'
import { aClaimed } from '../../delivery/testing/job.ts'
import { NOON } from '../../domain/testing/samples.ts'
import type { ClaimOrder } from '../../flow/lane.ts'
import { createHealthStore } from '../connections/health-store.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { inTransaction } from '../in-transaction.ts'
import { plansOf } from '../testing/plans.ts'
import { idOf, insertDeliveries } from '../testing/rows.ts'
import { createNode } from './nodes.ts'
import { createOutbox } from './outbox.ts'
import { recordOutcomes } from './outbox-record.ts'

describe.each(engines)('claims of deliveries (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  const outbox = (dialect: Dialect = store.dialect) => {
    const parts = { clock: () => NOON, owner: () => 'node', leaseMs: 60_000 }
    return createOutbox({ ...parts, dialect, node: createNode({ ...parts, dialect: store.dialect }), dead: async () => [] })
  }
  const plans = (run: (watched: Dialect) => Promise<unknown>) => plansOf(store.dialect, run)

  it('take urgent deliveries first, and as they came when they are not asked to', async () => {
    const early = ['1', '2', '3'].map((label) => ({ id: idOf('dlv', label), due_at: NOON - 5 }))
    const urgent = ['8', '9'].map((label) => ({ id: idOf('dlv', label), due_at: NOON - 1, priority: 3 }))
    await insertDeliveries(store.dialect, [...early, ...urgent])
    const claim = async (limit: number, order: ClaimOrder) => (await outbox().claim(['con_1'], limit, order)).map(({ id }) => id)
    expect(await claim(1, 'urgent first')).toEqual([idOf('dlv', '8')])
    expect(await claim(1, 'oldest first')).toEqual([idOf('dlv', '1')])
    expect(await claim(2, 'urgent first'), 'what is left for others').toEqual([idOf('dlv', '2'), idOf('dlv', '9')])
    expect(await claim(5, 'urgent first')).toEqual([idOf('dlv', '3')])
  })

  it.each<[string, string[], (watched: Dialect) => Promise<unknown>]>([
    ['a claim', ['deliveries_due'], (watched) => outbox(watched).claim(['con_1'], 10, 'oldest first')],
    ['a claim of urgent ones first', ['deliveries_due', 'deliveries_urgent'], (watched) => outbox(watched).claim(['con_1'], 10, 'urgent first')],
    ['a claim of urgent ones only', ['deliveries_urgent'], (watched) => outbox(watched).claim(['con_1'], 10, 'urgent only')],
    ['a claim of a suspect', ['deliveries_suspect'], (watched) => outbox(watched).claimSuspect(['con_1', 'con_2'], true)],
    ['a claim of a suspect beside others', ['deliveries_suspect'], (watched) => outbox(watched).claimSuspect(['con_1', 'con_2'], false)],
    ['a look at what is due', ['deliveries_due'], (watched) => outbox(watched).nextDue(['con_1', 'con_2'])],
  ])('%s uses the indexes of its state', async (_what, indexes, run) => {
    const [plan] = await plans(run)
    for (const index of indexes) expect(plan).toContain(index)
  })

  it('a sweep looks only at what is leased', async () => {
    const read = (await plans((watched) => outbox(watched).sweep([]))).filter((plan) => /deliver/.test(plan))
    expect(read).toHaveLength(4)
    for (const plan of read) expect(plan).toContain('deliveries_leased')
  })

  it('a destination that works again moves its queue by an index', async () => {
    const report = (error: string | null) => ({
      ...noOutcome(aClaimed({ id: idOf('dlv', '1'), eventId: idOf('evt', '1') })),
      health: [{ target: 'dst_1', error, at: NOON }],
    })
    const record = (dialect: Dialect, error: string | null) => {
      const parts = { dialect, health: createHealthStore(dialect), clock: () => NOON, startedAt: 0, node: () => 1 }
      const told = { isKnown: () => true, tell: async () => ({ notices: [], events: [] }), beforeCommit() {} }
      return inTransaction(dialect, (trx) => recordOutcomes({ ...parts, ...told }, trx, [report(error)]))
    }
    await record(store.dialect, 'down')
    const moved = (await plans((watched) => record(watched, null))).filter((plan) => plan.includes('deliveries_destination'))
    expect(moved).toHaveLength(1)
  })
})
