import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { DAY } from '../../domain/time.ts'
import { deliveryRows, idOf, insertDeliveries, insertDelivery, insertNode } from '../testing/rows.ts'
import { createNode, forgetNodes } from './nodes.ts'
import { createOutbox } from './outbox.ts'

const LEASE = 60_000

describe.each(engines)('leases of deliveries (%s)', (engine) => {
  let store: TestStore
  let now: number
  beforeEach(async () => {
    store = await openTestStore(engine)
    now = 1_000_000
  })
  afterEach(() => store.close())

  const partsOf = (owner: string) => ({ dialect: store.dialect, clock: () => now, owner: () => owner, leaseMs: LEASE })
  const outboxOf = (owner: string, dead: string[] = [], node = createNode(partsOf(owner))) => createOutbox({ ...partsOf(owner), node, dead: async () => dead })
  const [first, second] = [idOf('dlv', '1'), idOf('dlv', '2')]
  const plan = (...ids: string[]) =>
    insertDeliveries(
      store.dialect,
      ids.map((id) => ({ id })),
    )
  const rows = async () => (await deliveryRows(store.dialect)).map(({ id, state, attempts, crashes }) => ({ id, state, attempts, crashes }))

  it('a claim whose answer was lost goes back after two leases, as no attempt and no crash; what is in hand stays', async () => {
    const outbox = outboxOf('node')
    await plan(first, second)
    await outbox.claim(['con_1'], 10, 'urgent first')
    // Only the first one arrived here.
    for (let passed = 0; passed <= 2 * LEASE; passed += LEASE / 2) {
      await outbox.heartbeat()
      expect(await outbox.sweep([first])).toEqual({ released: 0, cutOff: 0, astray: 0, quarantined: [] })
      now += LEASE / 2
    }
    expect(await outbox.sweep([first])).toEqual({ released: 0, cutOff: 0, astray: 1, quarantined: [] })
    expect(await rows()).toEqual([
      { id: first, state: 'sending', attempts: 1, crashes: 0 },
      { id: second, state: 'queued', attempts: 0, crashes: 0 },
    ])
  })

  it('a delivery in hand is not taken back by its own process, however late the heartbeat comes', async () => {
    const outbox = outboxOf('node')
    await plan(first)
    await outbox.claim(['con_1'], 10, 'urgent first')
    now += 100 * LEASE
    expect((await outbox.sweep([first])).released).toBe(0)
    expect(await rows()).toMatchObject([{ state: 'sending' }])
  })

  it('a delivery of another process is taken back when its lease has ended or its process has, and is a suspect then', async () => {
    await plan(first, second)
    await outboxOf('hanging').claim(['con_1'], 1, 'urgent first')
    await outboxOf('dead').claim(['con_1'], 1, 'urgent first')
    const outbox = outboxOf('node', ['dead'])
    expect((await outbox.sweep([])).released).toBe(1)
    now += LEASE + 1
    expect((await outbox.sweep([])).released).toBe(1)
    expect(await rows()).toMatchObject([
      { state: 'queued', attempts: 1, crashes: 1 },
      { state: 'queued', attempts: 1, crashes: 1 },
    ])
  })

  it('what a stop cut off goes back with its attempt and no crash, however many it has, and ends when it was called off', async () => {
    const third = idOf('dlv', '3')
    await plan(first, second, third)
    const [stopped, killed] = [outboxOf('stopped'), outboxOf('killed')]
    await stopped.claim(['con_1'], 2, 'urgent first')
    await killed.claim(['con_1'], 1, 'urgent first')
    const { db, bytesOf } = store.dialect
    await db.updateTable('deliveries').set({ crashes: 3 }).where('id', '=', bytesOf('dlv', first)).execute()
    await db.updateTable('deliveries').set({ cancelled_at: now }).where('id', '=', bytesOf('dlv', second)).execute()
    await stopped.stop()
    expect(await outboxOf('node', ['stopped', 'killed']).sweep([])).toMatchObject({ released: 1, cutOff: 2, quarantined: [] })
    expect(await rows()).toEqual([
      { id: first, state: 'queued', attempts: 1, crashes: 3 },
      { id: second, state: 'cancelled', attempts: 1, crashes: 0 },
      { id: third, state: 'queued', attempts: 1, crashes: 1 },
    ])
  })

  it('a stop of a process that never leased anything writes nothing', async () => {
    await outboxOf('idle').stop()
    expect(await store.dialect.db.selectFrom('nodes').selectAll().execute()).toEqual([])
  })

  it.each([
    ['has no row yet', null],
    ['is past its lease', -1],
  ])('a delivery that is claimed during a sweep by a process that %s stays with it', async (_what, lease) => {
    await plan(first)
    await insertNode(store.dialect, 'third', now + LEASE)
    if (lease !== null) await insertNode(store.dialect, 'other', now + lease)
    const other = outboxOf('other')
    const sweeping = createOutbox({
      ...partsOf('node'),
      node: createNode(partsOf('node')),
      dead: async () => {
        expect(await other.claim(['con_1'], 1, 'urgent first')).toHaveLength(1)
        return []
      },
    })
    expect((await sweeping.sweep([])).released).toBe(0)
    expect(await rows()).toEqual([{ id: first, state: 'sending', attempts: 1, crashes: 0 }])
  })

  it('a suspect of a single death is claimed before those of several, and these only when it may run alone', async () => {
    await insertDeliveries(store.dialect, [
      { id: first, crashes: 2, due_at: 1 },
      { id: second, crashes: 1, due_at: 2 },
    ])
    const outbox = outboxOf('node')
    expect(await outbox.claimSuspect(['con_2'], true)).toBeNull()
    expect(await outbox.claimSuspect(['con_1'], true)).toMatchObject({ id: second })
    expect(await outbox.claimSuspect(['con_1'], false)).toBeNull()
    expect(await outbox.claimSuspect(['con_1'], true)).toMatchObject({ id: first })
    expect(await outbox.claimSuspect(['con_1'], true)).toBeNull()
  })

  it('only urgent ones are claimed when no others are asked for', async () => {
    await insertDeliveries(store.dialect, [{ id: first }, { id: second, priority: 3 }])
    expect(await outboxOf('node').claim(['con_1'], 10, 'urgent only')).toMatchObject([{ id: second }])
    expect(await outboxOf('node').claim(['con_1'], 10, 'urgent only')).toEqual([])
  })

  it('the third crash ends a delivery, and its due time stays', async () => {
    await insertDeliveries(store.dialect, [
      { id: first, state: 'sending', owner: 99, attempts: 3, crashes: 2, due_at: 7 },
      { id: second, state: 'sending', owner: 99, attempts: 2, crashes: 1, due_at: 7 },
    ])
    const { released, quarantined } = await outboxOf('node').sweep([])
    expect({ released, quarantined }).toMatchObject({
      released: 1,
      quarantined: [{ delivery: { id: first, attempts: 3 }, error: { code: 'quarantined' } }],
    })
    expect((await deliveryRows(store.dialect)).map(({ state, due_at }) => [state, due_at])).toEqual([
      ['failed', 7],
      ['queued', now],
    ])
  })

  const lease = async () => (await store.dialect.db.selectFrom('nodes').select(['owner', 'leased_until']).execute())[0]

  it('the lease of a process is renewed from the first time that it leases something, also when nothing is in hand', async () => {
    const node = createNode(partsOf('node'))
    const outbox = outboxOf('node', [], node)
    await outbox.heartbeat()
    expect(await lease(), 'it has leased nothing').toBeUndefined()
    await node.held()
    for (const _quarter of [1, 2]) {
      now += LEASE / 4
      await outbox.heartbeat()
      expect(await lease()).toEqual({ owner: 'node', leased_until: now + LEASE })
    }
  })

  it('a claim has at least three quarters of a lease', async () => {
    const outbox = outboxOf('node')
    await plan(first, second)
    await outbox.claim(['con_1'], 1, 'urgent first')
    now += LEASE / 4 + 1
    await outbox.claim(['con_1'], 1, 'urgent first')
    expect(await lease()).toEqual({ owner: 'node', leased_until: now + LEASE })
  })

  it('one row per process is renewed, however many deliveries it has, and a claim only when a quarter of its lease is over', async () => {
    const outbox = outboxOf('node')
    await plan(first, second)
    await outbox.claim(['con_1'], 1, 'urgent first')
    expect(await lease()).toEqual({ owner: 'node', leased_until: now + LEASE })
    now += LEASE / 4
    await outbox.claim(['con_1'], 1, 'urgent first')
    expect(await lease()).toEqual({ owner: 'node', leased_until: now + (LEASE * 3) / 4 })
    await outbox.heartbeat()
    expect(await lease()).toEqual({ owner: 'node', leased_until: now + LEASE })
  })

  it('a delivery whose process has no row is taken back', async () => {
    await insertDelivery(store.dialect, { id: first, state: 'sending', owner: 99, attempts: 1 })
    expect((await outboxOf('node').sweep([])).released).toBe(1)
    expect(await rows()).toEqual([{ id: first, state: 'queued', attempts: 1, crashes: 1 }])
  })

  it('a process that still holds a delivery keeps its number, however long it is gone: another one could get it', async () => {
    await plan(first)
    await outboxOf('gone').claim(['con_1'], 1, 'urgent first')
    now += LEASE + DAY + 1
    await forgetNodes(store.dialect, 'node', now)
    expect(await lease()).toMatchObject({ owner: 'gone' })
    await outboxOf('node').sweep([])
    expect(await lease()).toBeUndefined()
  })

  it('the row of a process is removed a day after its lease, once it holds nothing', async () => {
    await plan(first)
    await outboxOf('gone').claim(['con_1'], 1, 'urgent first')
    const outbox = outboxOf('node', ['gone'])
    await outbox.sweep([])
    const owners = async () => (await store.dialect.db.selectFrom('nodes').select('owner').execute()).map(({ owner }) => owner)
    expect(await owners()).toContain('gone')
    now += LEASE + DAY + 1
    await outbox.sweep([])
    expect(await owners()).not.toContain('gone')
  })

  it('the own row of a process stays, however long it has leased nothing', async () => {
    await createNode(partsOf('node')).held()
    now += LEASE + DAY + 1
    await outboxOf('node').sweep([])
    expect(await lease()).toMatchObject({ owner: 'node' })
  })
})
