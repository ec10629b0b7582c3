import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { anEvent, NOON } from '../../domain/testing/samples.ts'
import type { PlanningTransaction } from '../../pipeline/fan-out.ts'
import { inTransaction } from '../in-transaction.ts'
import { createPlanStore } from './plan-store.ts'

describe.each(engines)('planning in the store (%s)', (engine) => {
  let store: TestStore
  const completed: string[] = []
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  const planning = <T>(run: (tx: PlanningTransaction) => Promise<T>) =>
    createPlanStore({
      dialect: store.dialect,
      transaction: (run) => inTransaction(store.dialect, run),
      clock: () => NOON,
      addressHash: () => 'hash',
      enqueue: async () => {},
      owner: () => 'node',
      leaseMs: 60_000,
      complete: async (_trx, tasks) => void completed.push(...tasks.map(({ ref }) => ref)),
      inboxChanged: async () => {},
    }).planning(run)

  it('a cancel during the planning also ends what was planned, queued or held', async () => {
    const { db } = store.dialect
    await db
      .insertInto('events')
      .values({
        ...{ id: 'evt_1', type: 'build.failed', audience: '[]', data: '{}', sensitive: null, actor: null, channels: null, dedup_key: null, tags: '[]' },
        ...{ severity: 'info', priority: 1, url: null, send_at: null, expires_at: null, accepted_at: NOON, state: 'cancelled', cursor: null },
        planned_at: null,
      })
      .execute()
    const delivery = (id: string, state: 'queued' | 'held' | 'sent') => ({
      ...{ id, event_id: 'evt_1', notification_id: null, recipient: id, channel: 'email', destination_id: id, address_hash: id, state, due_at: NOON },
      ...{ connection_id: state === 'held' ? null : 'con_1', held_until: state === 'held' ? NOON + 1 : null, held_for: state === 'held' ? 'digest' : null },
      ...{ priority: 1, attempts: 0, crashes: 0, leased_until: null, lease_owner: null, expires_at: null, created_at: NOON, finished_at: null },
      ...{ error_code: null, error: null, external_id: null },
    })
    await db
      .insertInto('deliveries')
      .values([delivery('dlv_1', 'queued'), delivery('dlv_2', 'held'), delivery('dlv_3', 'sent')])
      .execute()
    const task = { id: 'task_1', name: 'fan-out', ref: 'evt_1', attempt: 1 }
    expect(await planning((tx) => tx.progress([{ event: anEvent(), task, cursor: '0:x' }]))).toEqual(new Set())
    expect(completed).toEqual(['evt_1'])
    expect(await db.selectFrom('deliveries').select(['id', 'state', 'held_for', 'held_until']).orderBy('id').execute()).toEqual([
      { id: 'dlv_1', state: 'cancelled', held_for: null, held_until: null },
      { id: 'dlv_2', state: 'cancelled', held_for: null, held_until: null },
      { id: 'dlv_3', state: 'sent', held_for: null, held_until: null },
    ])
  })

  it('a dedup key belongs to one event of its type, for each recipient', async () => {
    const claim = (id: string, type: string, ...recipients: string[]) => planning((tx) => tx.claimDedup(anEvent({ id, type, dedupKey: 'build-7' }), recipients))
    expect(await claim('evt_a', 'build.failed', 'ada')).toEqual(new Set())
    expect(await claim('evt_a', 'build.failed', 'ada', 'bob')).toEqual(new Set())
    expect(await claim('evt_b', 'build.failed', 'ada', 'cem')).toEqual(new Set(['ada']))
    expect(await claim('evt_c', 'build.passed', 'ada')).toEqual(new Set())
  })
})
