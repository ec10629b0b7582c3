import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { toEntry } from '../../catalogue/catalogue.ts'
import { newId } from '../../domain/id.ts'
import { anEvent, anEventType, NOON } from '../../domain/testing/samples.ts'
import { deletedEventType } from '../../pipeline/deleted-event-type.ts'
import type { PlanningTransaction } from '../../pipeline/fan-out-parts.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { inTransaction } from '../in-transaction.ts'
import type { Trx } from '../schema.ts'
import { inOppositeOrders } from '../testing/opposite-orders.ts'
import { deliveryRows, idOf, insertDeliveries, insertEvent } from '../testing/rows.ts'
import { createEventNumbers } from './event-numbers.ts'
import { createNode } from './nodes.ts'
import { createPlanStore, type PlanStoreParts } from './plan-store.ts'

describe.each(engines)('planning in the store (%s)', (engine) => {
  let store: TestStore
  const completed: string[] = []
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  const ownTransaction: PlanStoreParts['transaction'] = (run) => inTransaction(store.dialect, run)
  const planStore = (node: PlanStoreParts['node'] = { held: async () => 1, lasting: () => 1 }, transaction = ownTransaction) =>
    createPlanStore({
      dialect: store.dialect,
      transaction,
      clock: () => NOON,
      addressHash: () => '0'.repeat(32),
      enqueue: async () => {},
      node,
      eventNumbers: createEventNumbers(store.dialect),
      complete: async (_trx, tasks) => void completed.push(...tasks.map(({ ref }) => ref)),
      inboxChanged: async () => {},
    })
  const planning = <T>(run: (tx: PlanningTransaction) => Promise<T>) => planStore().planning(run)

  it('a cancel during the planning also ends what was planned, queued or held', async () => {
    const event = await insertEvent(store.dialect, { state: 'cancelled' })
    await insertDeliveries(store.dialect, [
      { id: idOf('dlv', '1'), event },
      { id: idOf('dlv', '2'), event, state: 'held', connection_id: null, held_until: NOON + 1, held_for: 'digest' },
      { id: idOf('dlv', '3'), event, state: 'sent' },
    ])
    const task = { id: 'task_1', name: 'fan-out', ref: event, attempt: 1 }
    expect(await planning((tx) => tx.progress([{ event: anEvent({ id: event }), task, cursor: '0:x' }]))).toEqual(new Set())
    expect(completed).toEqual([event])
    const nothing = { held_for: null, held_until: null }
    expect(await deliveryRows(store.dialect)).toMatchObject(['cancelled', 'cancelled', 'sent'].map((state) => ({ state, ...nothing })))
  })

  it('a chunk makes no new set of decisions before the chunk that it follows is stored: that one could wait for the same set', async () => {
    const event = anEvent({ id: await insertEvent(store.dialect) })
    const { planning } = planStore()
    const told = (userId: string, decisions: string): Plan[] => [
      {
        event,
        entry: deletedEventType(event),
        notifications: [{ id: newId('ntf'), userId, decisions, visible: true }],
        deliveries: [],
        decisions: [],
      },
    ]
    const notStored = Promise.reject(new Error('not stored'))
    notStored.catch(() => {})
    await planning((tx) => tx.write(told('ada', 'in_app=deliver:routed')))
    await planning((tx) => tx.write(told('bob', 'in_app=deliver:routed')), notStored)
    await expect(planning((tx) => tx.write(told('cem', 'in_app=skip:type_off')), notStored)).rejects.toThrow('not stored')
    const sets = await store.dialect.db.selectFrom('decision_sets').select('body').execute()
    expect(sets.map(({ body }) => body)).toEqual(['in_app=deliver:routed'])
    const notified = await store.dialect.db.selectFrom('notifications').select('user_id').orderBy('user_id').execute()
    expect(notified.map(({ user_id }) => user_id)).toEqual(['ada', 'bob'])
  })

  it('new sets of decisions are made in one order: two plans with the same ones in opposite orders do not each wait for the other', async () => {
    const sets = ['email=skip:a', 'email=skip:b', 'email=skip:c']
    const write = async (users: string, decisions: string[]) => {
      const event = anEvent({ id: await insertEvent(store.dialect) })
      const notifications = decisions.map((set, i) => ({ id: newId('ntf'), userId: `${users}${i}`, decisions: set, visible: false }))
      // Each in a process of its own, which remembers no set.
      await planStore().planning((tx) => tx.write([{ event, entry: deletedEventType(event), notifications, deliveries: [], decisions: [] }]))
    }
    const hold = (trx: Trx) => trx.insertInto('decision_sets').values({ body: sets[1]! }).execute()
    await inOppositeOrders(
      store.dialect,
      hold,
      () => write('eve', sets),
      () => write('fay', sets.toReversed()),
    )
    const made = await store.dialect.db.selectFrom('decision_sets').select('body').where('body', 'in', sets).orderBy('body').execute()
    expect(made.map(({ body }) => body)).toEqual(sets)
  })

  it('a group that is accepted late in a lease renews it first, and one that is accepted early does not', async () => {
    let now = NOON
    const node = createNode({ dialect: store.dialect, clock: () => now, owner: () => 'node', leaseMs: 1000 })
    await node.held()
    const atBegin: unknown[] = []
    const accept = () =>
      planStore(node, async (run) => {
        atBegin.push(await store.dialect.db.selectFrom('nodes').select('leased_until').execute())
        return ownTransaction(run)
      }).accepting(async () => {})
    now = NOON + 500
    await accept()
    now = NOON + 501
    await accept()
    expect(atBegin).toEqual([[{ leased_until: NOON + 1000 }], [{ leased_until: NOON + 1501 }]])
  })

  it('gives people the decisions that were made for them, although an accepted group was rolled back and others took its ids meanwhile', async () => {
    class RolledBack extends Error {}
    const { db } = store.dialect
    const accepted = planStore(undefined, async (run) => {
      const undone = inTransaction(store.dialect, async (trx) => {
        await run(trx)
        throw new RolledBack()
      })
      await expect(undone).rejects.toThrow(RolledBack)
      await db.insertInto('decision_sets').values({ body: 'email=skip:route_off' }).execute()
      return inTransaction(store.dialect, run)
    })
    const event = anEvent({ id: idOf('evt', '9') })
    const notifications = [{ id: idOf('ntf', '9'), userId: 'ada', decisions: 'in_app=deliver:routed', visible: true }]
    const plan = { event, entry: toEntry(anEventType()), notifications, deliveries: [], decisions: [] }
    await accepted.accepting((tx) => tx.storePlanned([plan]))
    const made = await db
      .selectFrom('notifications as n')
      .innerJoin('decision_sets as s', 's.id', 'n.decision_set')
      .select('s.body')
      .where('n.id', '=', store.dialect.bytesOf('ntf', idOf('ntf', '9')))
      .execute()
    expect(made).toEqual([{ body: 'in_app=deliver:routed' }])
  })
})
