import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { noOutcome, type Outcome } from '../../src/delivery/outcome.ts'
import { aClaimed } from '../../src/delivery/testing/job.ts'
import type { Event } from '../../src/domain/event.ts'
import { anEvent, NOON } from '../../src/domain/testing/samples.ts'
import { HOUR } from '../../src/domain/time.ts'
import { createCommitter } from '../../src/flow/committer.ts'
import { createGather } from '../../src/flow/gather.ts'
import { createRecorder } from '../../src/flow/recorder.ts'
import { createHealthStore } from '../../src/storage/connections/health-store.ts'
import { failsForAll } from '../../src/storage/dialects/storage-error.ts'
import { inTransaction } from '../../src/storage/in-transaction.ts'
import { recordOutcomes } from '../../src/storage/pipeline/outbox-record.ts'
import { createPlanStore } from '../../src/storage/pipeline/plan-store.ts'
import type { Trx } from '../../src/storage/schema.ts'
import { engines, openTestStore, type TestStore } from '../setup/engines.ts'

describe.each(engines)('the committer of reports and outcomes (%s)', (engine) => {
  let store: TestStore
  let hub: ReturnType<typeof createHub>
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  beforeEach(async () => {
    for (const table of ['attempts', 'deliveries', 'events'] as const) await store.dialect.db.deleteFrom(table).execute()
    hub = createHub(store)
    for (const id of ['dlv_1', 'dlv_2']) await sending(id)
  })
  afterAll(() => store.close())

  /** The two queues of a hub, over real stores. */
  function createHub({ dialect }: TestStore) {
    let transactions = 0
    const committer = createCommitter<Trx>({
      transaction(run) {
        transactions++
        return inTransaction(dialect, run)
      },
      shared: dialect.writers === 1,
      isStorageFailure: failsForAll,
      beforeCommit() {},
    })
    const plans = createPlanStore({
      dialect,
      transaction: committer.transaction,
      clock: () => NOON,
      addressHash: () => 'hash',
      enqueue: async () => {},
      owner: () => 'node',
      leaseMs: HOUR,
      complete: async () => {},
      inboxChanged: async () => {},
    })
    const reports = createGather<Event, string>({
      commit: (group) =>
        plans.accepting(async (tx) => {
          await tx.store(group)
          return group.map(({ id }) => id)
        }),
      parallel: dialect.writers,
      size: 250,
      weight: () => 1,
      isStorageFailure: failsForAll,
      grouping: committer.grouping,
    })
    const recording = {
      ...{ dialect, health: createHealthStore(dialect), clock: () => NOON, startedAt: 0, owner: () => 'node' },
      ...{ isKnown: () => false, tell: async () => {}, isSensitive: () => false, beforeCommit() {} },
    }
    const failures: string[][] = []
    const outcomes = createRecorder<Outcome>(
      async (group) => void (await committer.transaction((trx) => recordOutcomes(recording, trx, group))),
      (_, group) => failures.push(group.map(({ delivery }) => delivery.id)),
      committer.grouping,
    )
    return { reports, outcomes, failures, transactions: () => transactions }
  }

  const sending = (id: string) =>
    store.dialect.db
      .insertInto('deliveries')
      .values({
        ...{ id, event_id: 'evt_0', notification_id: null, recipient: 'ada', channel: 'email', destination_id: id, address_hash: id },
        ...{ connection_id: 'con_mail', state: 'sending', due_at: NOON, held_until: null, held_for: null, priority: 1, attempts: 1, crashes: 0 },
        ...{ leased_until: NOON + HOUR, lease_owner: 'node', expires_at: null, created_at: NOON, finished_at: null },
        ...{ error_code: null, error: null, external_id: null },
      })
      .execute()
  /** `ms` is not null in the database. */
  const sent = (id: string, ms = 5): Outcome => ({
    ...noOutcome(aClaimed({ id, attempts: 1 })),
    state: 'sent',
    tries: [{ connectionId: 'con_mail', at: NOON, ms, outcome: 'sent', code: null, status: 200, detail: null }],
  })
  const events = async () => (await store.dialect.db.selectFrom('events').select('id').orderBy('id').execute()).map(({ id }) => id)
  const states = async () =>
    Object.fromEntries((await store.dialect.db.selectFrom('deliveries').select(['id', 'state']).orderBy('id').execute()).map(({ id, state }) => [id, state]))

  it('uses one transaction on SQLite for what comes together, and one for each kind on PostgreSQL', async () => {
    hub.outcomes.add(sent('dlv_1'))
    const answers = [hub.reports.add(anEvent({ id: 'evt_1' })), hub.reports.add(anEvent({ id: 'evt_2' }))]
    hub.outcomes.add(sent('dlv_2'))
    expect(await Promise.all(answers)).toEqual(['evt_1', 'evt_2'])
    await hub.outcomes.flush()
    expect(hub.transactions()).toBe({ sqlite: 1, postgres: 2 }[engine])
    expect(await events()).toEqual(['evt_1', 'evt_2'])
    expect(await states()).toEqual({ dlv_1: 'sent', dlv_2: 'sent' })
  })

  it('accepts a report beside an outcome that the database refuses, and writes the other outcome', async () => {
    hub.outcomes.add(sent('dlv_1', Number.NaN))
    hub.outcomes.add(sent('dlv_2'))
    expect(await hub.reports.add(anEvent({ id: 'evt_1' }))).toBe('evt_1')
    await hub.outcomes.end()
    expect(hub.failures).toEqual([['dlv_1', 'dlv_2']])
    expect(await events()).toEqual(['evt_1'])
    expect(await states()).toEqual({ dlv_1: 'sending', dlv_2: 'sent' })
  })

  it('writes outcomes and other reports beside a report that the database refuses', async () => {
    hub.outcomes.add(sent('dlv_1'))
    const answers = [anEvent({ id: 'evt_1', acceptedAt: Number.NaN }), anEvent({ id: 'evt_2' })].map(hub.reports.add)
    expect((await Promise.allSettled(answers)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    await hub.outcomes.flush()
    expect(hub.failures).toEqual([])
    expect(await events()).toEqual(['evt_2'])
    expect(await states()).toEqual({ dlv_1: 'sent', dlv_2: 'sending' })
  })
})
