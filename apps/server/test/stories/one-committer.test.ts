import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { noOutcome, type Outcome } from '../../src/delivery/outcome.ts'
import { aClaimed } from '../../src/delivery/testing/job.ts'
import type { Event } from '../../src/domain/event.ts'
import { anEvent, NOON } from '../../src/domain/testing/samples.ts'
import { createCommitter } from '../../src/flow/committer.ts'
import { createGather } from '../../src/flow/gather.ts'
import { createRecorder } from '../../src/flow/recorder.ts'
import { createHealthStore } from '../../src/storage/connections/health-store.ts'
import { failsForAll } from '../../src/storage/dialects/storage-error.ts'
import { inTransaction } from '../../src/storage/in-transaction.ts'
import { createEventNumbers } from '../../src/storage/pipeline/event-numbers.ts'
import { selectEvents } from '../../src/storage/pipeline/event-store.ts'
import { recordOutcomes } from '../../src/storage/pipeline/outbox-record.ts'
import { createPlanStore } from '../../src/storage/pipeline/plan-store.ts'
import type { Trx } from '../../src/storage/schema.ts'
import { deliveryRows, idOf, insertDelivery } from '../../src/storage/testing/rows.ts'
import { engines, openTestStore, type TestStore } from '../setup/engines.ts'

/** The number of this process. */
const NODE = 7
const EVENT = idOf('evt', '0')
const [E1, E2] = [idOf('evt', '1'), idOf('evt', '2')]
const [FIRST, SECOND] = [idOf('dlv', '1'), idOf('dlv', '2')]

describe.each(engines)('the committer of reports and outcomes (%s)', (engine) => {
  let store: TestStore
  let hub: ReturnType<typeof createHub>
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  beforeEach(async () => {
    for (const table of ['attempts', 'deliveries', 'events'] as const) await store.dialect.db.deleteFrom(table).execute()
    hub = createHub(store)
    for (const id of [FIRST, SECOND]) await sending(id)
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
      addressHash: () => '0'.repeat(32),
      enqueue: async () => {},
      node: { held: async () => NODE, lasting: () => NODE },
      eventNumbers: createEventNumbers(dialect),
      complete: async () => {},
      inboxChanged: async () => {},
    })
    const recording = {
      ...{ dialect, health: createHealthStore(dialect), clock: () => NOON, startedAt: 0, node: () => NODE },
      ...{ isKnown: () => false, tell: async () => ({ notices: [], events: [] }), beforeCommit() {} },
    }
    const failures: string[][] = []
    const outcomes = createRecorder<Outcome>({
      write: async (group) => void (await committer.transaction((trx) => recordOutcomes(recording, trx, group))),
      failed: (_, group) => failures.push(group.map(({ delivery }) => delivery.id)),
      isStorageFailure: failsForAll,
      grouping: committer.grouping,
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
    return { reports, outcomes, failures, transactions: () => transactions }
  }

  const sending = (id: string) => insertDelivery(store.dialect, { id, event: EVENT, connection_id: 'con_mail', state: 'sending', attempts: 1, owner: NODE })
  /** `ms` is not null in the database. */
  const sent = (id: string, ms = 5): Outcome => ({
    ...noOutcome(aClaimed({ id, attempts: 1 })),
    state: 'sent',
    tries: [{ connectionId: 'con_mail', at: NOON, ms, outcome: 'sent', code: null, status: 200, detail: null }],
  })
  const events = async () => {
    const rows = await selectEvents(store.dialect, store.dialect.db).orderBy('events.id').execute()
    return rows.map(({ id }) => id).filter((id) => id !== EVENT)
  }
  const states = async () => (await deliveryRows(store.dialect)).map(({ state }) => state)

  it('uses one transaction on SQLite for what comes together, and one for each kind on PostgreSQL', async () => {
    hub.outcomes.add(sent(FIRST))
    const answers = [hub.reports.add(anEvent({ id: E1 })), hub.reports.add(anEvent({ id: E2 }))]
    hub.outcomes.add(sent(SECOND))
    expect(await Promise.all(answers)).toEqual([E1, E2])
    await hub.outcomes.flush()
    expect(hub.transactions()).toBe({ sqlite: 1, postgres: 2 }[engine])
    expect(await events()).toEqual([E1, E2])
    expect(await states()).toEqual(['sent', 'sent'])
  })

  it('accepts a report beside an outcome that the database refuses, and writes the other outcome', async () => {
    hub.outcomes.add(sent(FIRST, Number.NaN))
    hub.outcomes.add(sent(SECOND))
    expect(await hub.reports.add(anEvent({ id: E1 }))).toBe(E1)
    await hub.outcomes.end()
    expect(hub.failures).toEqual([[FIRST, SECOND], [FIRST]])
    expect(await events()).toEqual([E1])
    expect(await states()).toEqual(['sending', 'sent'])
  })

  it('writes outcomes and other reports beside a report that the database refuses', async () => {
    hub.outcomes.add(sent(FIRST))
    const answers = [anEvent({ id: E1, acceptedAt: Number.NaN }), anEvent({ id: E2 })].map(hub.reports.add)
    expect((await Promise.allSettled(answers)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    await hub.outcomes.flush()
    expect(hub.failures).toEqual([])
    expect(await events()).toEqual([E2])
    expect(await states()).toEqual(['sent', 'sending'])
  })
})
