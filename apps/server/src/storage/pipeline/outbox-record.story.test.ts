import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { ended, heldBack, noOutcome, type Outcome, postponed } from '../../delivery/outcome.ts'
import { aClaimed } from '../../delivery/testing/job.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { HOUR } from '../../domain/time.ts'
import { createHealthStore } from '../connections/health-store.ts'
import { inTransaction } from '../in-transaction.ts'
import { recordOutcomes } from './outbox-record.ts'

describe.each(engines)('outcomes in the store (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  beforeEach(async () => {
    await store.dialect.db.deleteFrom('deliveries').execute()
    await store.dialect.db.deleteFrom('events').execute()
  })
  afterAll(() => store.close())

  const record = (...outcomes: Outcome[]) =>
    inTransaction(store.dialect, (trx) =>
      recordOutcomes(
        {
          dialect: store.dialect,
          health: createHealthStore(store.dialect),
          clock: () => NOON,
          startedAt: 0,
          owner: () => 'node',
          isKnown: () => false,
          tell: async () => {},
          isSensitive: () => true,
          beforeCommit() {},
        },
        trx,
        outcomes,
      ),
    )
  /** A delivery whose second attempt is under way after a failed one. */
  const sending = (id: string, more: { state?: string; lease_owner?: string } = {}) =>
    store.dialect.db
      .insertInto('deliveries')
      .values({
        ...{ id, event_id: 'evt_1', notification_id: null, recipient: 'ada', channel: 'email', destination_id: id, address_hash: id },
        ...{ connection_id: 'con_mail', state: 'sending', due_at: NOON, held_until: null, held_for: null, priority: 1, attempts: 2, crashes: 1 },
        ...{ leased_until: NOON + HOUR, lease_owner: 'node', expires_at: null, created_at: NOON, finished_at: null },
        ...{ error_code: 'http_503', error: 'busy', external_id: null },
        ...more,
      })
      .execute()
  const row = (id: string) =>
    store.dialect.db
      .selectFrom('deliveries')
      .select(['state', 'attempts', 'crashes', 'connection_id', 'held_for', 'held_until', 'finished_at', 'error_code', 'lease_owner'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  const claimed = (id: string) => aClaimed({ id, attempts: 2, crashes: 1 })

  it('an attempt that a rule holds is not counted, and keeps the error and the crashes of those before', async () => {
    await sending('dlv_1')
    await record(heldBack(claimed('dlv_1'), 'digest', NOON + HOUR))
    expect(await row('dlv_1')).toEqual({
      ...{ state: 'held', attempts: 1, crashes: 1, connection_id: null, held_for: 'digest', held_until: NOON + HOUR, finished_at: null },
      ...{ error_code: 'http_503', lease_owner: null },
    })
    const decisions = await store.dialect.db.selectFrom('decisions').select(['channel', 'decision', 'reason', 'detail']).execute()
    expect(decisions).toEqual([{ channel: 'email', decision: 'hold', reason: 'digest', detail: `until ${new Date(NOON + HOUR).toISOString()}` }])
  })

  it('an attempt that is put off is not counted and stays queued', async () => {
    await sending('dlv_1')
    await record(postponed(claimed('dlv_1'), NOON + HOUR))
    expect(await row('dlv_1')).toMatchObject({ state: 'queued', attempts: 1, crashes: 1, connection_id: 'con_mail', finished_at: null, error_code: 'http_503' })
  })

  it('an attempt that was made counts, and clears the error and the crashes', async () => {
    await sending('dlv_1')
    await record({ ...noOutcome(claimed('dlv_1')), state: 'sent' })
    expect(await row('dlv_1')).toMatchObject({ state: 'sent', attempts: 2, crashes: 0, finished_at: NOON, error_code: null })
  })

  it('a delivery that another node took over is left alone', async () => {
    await sending('dlv_1', { lease_owner: 'other' })
    await record({ ...noOutcome(claimed('dlv_1')), state: 'sent' })
    expect(await row('dlv_1')).toMatchObject({ state: 'sending', lease_owner: 'other' })
  })

  it('the secrets of an event are deleted only when no delivery waits, not even a held one', async () => {
    const { db } = store.dialect
    await db
      .insertInto('events')
      .values({
        ...{ id: 'evt_1', type: 'build.failed', audience: '[]', data: '{}', sensitive: 'sealed', actor: null, channels: null, dedup_key: null, tags: '[]' },
        ...{ severity: 'info', priority: 1, url: null, send_at: null, expires_at: null, accepted_at: NOON, state: 'planned', cursor: null, planned_at: NOON },
      })
      .execute()
    const sealed = async () => (await db.selectFrom('events').select('sensitive').executeTakeFirstOrThrow()).sensitive
    for (const id of ['dlv_1', 'dlv_2']) await sending(id)
    await record(heldBack(claimed('dlv_1'), 'quiet_hours', NOON + HOUR))
    await record({ ...noOutcome(claimed('dlv_2')), state: 'sent' })
    expect(await sealed()).toBe('sealed')
    await db.updateTable('deliveries').set({ state: 'sending', lease_owner: 'node' }).where('id', '=', 'dlv_1').execute()
    await record(ended(claimed('dlv_1'), 'suppressed', { code: 'channel_off', sentence: 'x' }, NOON))
    expect(await sealed()).toBeNull()
  })
})
