import { expect, it } from 'vitest'
import { aConnection, anEvent, NOON } from '../domain/testing/samples.ts'
import { SECOND } from '../domain/time.ts'
import { crowd, planning, toTopic, users } from './testing/crowd.ts'

it('plans a notification and a delivery for everyone in the audience', async () => {
  const world = planning()
  expect(await world.plan([world.accept(anEvent({ to: users('ada', 'bob') }))])).toEqual([])
  expect(world.tables().notifications.map(({ userId, decisions, visible }) => ({ userId, decisions, visible }))).toEqual([
    { userId: 'ada', decisions: 'in_app=deliver:routed email=deliver:routed', visible: true },
    { userId: 'bob', decisions: 'in_app=deliver:routed email=deliver:routed', visible: true },
  ])
  expect(world.tables().deliveries.map((one) => [one.recipient, one.channel, one.destinationId, one.state === 'queued' && one.connectionId])).toEqual([
    ['ada', 'email', 'dst_ada', 'con_mail'],
    ['bob', 'email', 'dst_bob', 'con_mail'],
  ])
  expect(world.tables()).toMatchObject({ events: { evt_1: { state: 'planned', cursor: null } }, done: ['task-evt_1'] })
})

it('plans a topic in batches of 250, one transaction each', async () => {
  const world = planning({ parallel: true })
  await world.fanOut([world.accept(anEvent({ to: toTopic }))])
  expect(world.seen.batches).toEqual([250, 250, 100])
  expect(world.tables().notifications.map(({ userId }) => userId)).toEqual(crowd)
  expect(world.tables().events['evt_1']!.state).toBe('planned')
})

it('lets the store tidy up after every thousand recipients of a walk', async () => {
  const many = Array.from({ length: 2500 }, (_, i) => `user-${String(i).padStart(4, '0')}`)
  const world = planning({ parallel: true, topics: { web: many } })
  await world.fanOut([world.accept(anEvent({ to: toTopic }))])
  expect(world.seen.tidied).toBe(2)
})

it('plans small events in one transaction, and a large audience after them in its own', async () => {
  const world = planning({ topics: { web: ['ada'] } })
  const tasks = ['1', '2', '3'].map((n) => world.accept(anEvent({ id: `evt_${n}`, to: users('ada', 'bob') })))
  const walked = world.accept(anEvent({ id: 'evt_4', to: toTopic }))
  await world.fanOut([...tasks, walked, ...[world.accept(anEvent({ id: 'evt_5', to: users('eve') }))]])
  expect(world.seen.batches).toEqual([7, 1])
  expect(world.tables().done).toHaveLength(5)
})

it('leaves out whom the event names and who was deleted while it waited', async () => {
  const deleted = { ada: NOON - 2 * SECOND, bob: NOON - 10 * SECOND, eve: NOON }
  const world = planning({ deleted, topics: { web: ['eve'] } })
  const to = [...users('ada', 'bob', 'zoe'), { kind: 'topic', key: 'web' } as const]
  await world.fanOut([world.accept(anEvent({ to, acceptedAt: NOON - 5 * SECOND, sendAt: NOON }))])
  expect(world.tables().notifications.map(({ userId }) => userId)).toEqual(['bob', 'zoe', 'eve'])
  expect(world.tables().decisions).toMatchObject([
    { recipient: 'ada', channel: null, decision: 'skip', reason: 'user_inactive', detail: 'deleted after the event was reported' },
  ])
  // However short the wait was; an event that was reported after the deletion names whoever has the id now.
  const fresh = planning({ deleted: { ada: NOON, bob: NOON - 2 } })
  await fresh.fanOut([fresh.accept(anEvent({ to: users('ada', 'bob'), acceptedAt: NOON - 1 }))])
  expect(fresh.tables().notifications.map(({ userId }) => userId)).toEqual(['bob'])
})

it.each([1, 2, 3])('goes on after a crash in transaction %i and adds nothing twice', async (dies) => {
  let transactions = 0
  const shared = [aConnection({ id: 'con_team', channel: 'discord', personal: false, events: [{ type: '*' }] })]
  const world = planning({ shared })
  const task = world.accept(anEvent({ to: [...toTopic, ...users('user-007', 'zoe')] }))
  const dying = planning({
    shared,
    more: {
      planning: async (run) => {
        if (++transactions === dies) throw new Error('died')
        return world.planning(run)
      },
      events: world.events,
    },
  })
  await expect(dying.fanOut([task])).rejects.toThrow('died')
  await world.fanOut([task])
  const notified = world.tables().notifications.map(({ userId }) => userId)
  expect([...notified].sort()).toEqual([...crowd, 'zoe'].sort())
  const reached = world.tables().deliveries.map(({ recipient }) => recipient)
  expect(new Set(reached).size).toBe(reached.length)
  expect(reached).toHaveLength(602)
  expect(world.tables().events['evt_1']!.state).toBe('planned')
})

it('does nothing in a second run of the same task', async () => {
  const world = planning()
  const task = world.accept(anEvent({ to: users('ada') }))
  await world.fanOut([task])
  const before = structuredClone(world.tables())
  await world.fanOut([task])
  expect(world.tables()).toEqual(before)
  expect(world.seen.dropped).toEqual(['evt_1'])
})

it('drops a task whose event is cancelled or gone', async () => {
  const world = planning()
  const cancelled = world.accept(anEvent(), 'cancelled')
  await world.fanOut([cancelled, { ...cancelled, id: 'task-x', ref: 'evt_gone' }])
  expect(world.seen.dropped).toEqual(['evt_1', 'evt_gone'])
  expect(world.tables().notifications).toEqual([])
})

it('stops halfway through a topic when the event is cancelled meanwhile', async () => {
  const world = planning()
  const task = world.accept(anEvent({ to: toTopic }))
  for (let chunks = 0; chunks < 2; chunks++) expect(await world.walk(task)).toBe(true)
  const { length } = world.tables().notifications
  expect(length).toBeLessThan(600)
  world.tables().events['evt_1']!.state = 'cancelled'
  expect(await world.walk(task)).toBe(false)
  expect(world.tables().notifications).toHaveLength(length)
  expect(world.seen.dropped).toEqual(['evt_1'])
})

it('plans events with named recipients at once, and lets large audiences wait for their turn', async () => {
  const world = planning()
  const left = await world.plan([
    world.accept(anEvent({ id: 'evt_1', to: toTopic, priority: 'low' })),
    world.accept(anEvent({ id: 'evt_2', to: users('ada'), priority: 'low' })),
    world.accept(anEvent({ id: 'evt_3', to: toTopic, priority: 'urgent' })),
  ])
  expect(left.map(({ task, priority }) => [task.ref, priority])).toEqual([
    ['evt_1', 0],
    ['evt_3', 3],
  ])
  expect(world.tables().notifications.map(({ userId }) => userId)).toEqual(['ada'])
})

it('returns the tasks that it did not get to when the hub stops', async () => {
  let asked = 0
  const world = planning({ more: { stopping: () => ++asked > 1 } })
  const left = await world.plan([
    world.accept(anEvent({ id: 'evt_1', to: crowd.slice(0, 200).flatMap((id) => users(id)) })),
    world.accept(anEvent({ id: 'evt_2', to: crowd.slice(0, 200).flatMap((id) => users(id)) })),
  ])
  expect(left.map(({ task }) => task.ref)).toEqual(['evt_2'])
  expect(world.tables().events['evt_2']).toMatchObject({ state: 'accepted', cursor: null })
})

it('notifies each person once per dedup key, whichever event has it', async () => {
  const world = planning()
  const fact = { dedupKey: 'build-7' }
  await world.fanOut([
    world.accept(anEvent({ id: 'evt_1', to: users('ada'), ...fact })),
    world.accept(anEvent({ id: 'evt_2', to: users('ada', 'bob'), ...fact })),
  ])
  expect(world.tables().notifications.map(({ eventId, userId }) => [eventId, userId])).toEqual([
    ['evt_1', 'ada'],
    ['evt_2', 'bob'],
  ])
  expect(world.tables().decisions).toMatchObject([{ eventId: 'evt_2', recipient: 'ada', reason: 'duplicate', detail: 'build-7' }])
})

it('lets a later event with the same dedup key notify those that the first one skipped', async () => {
  const world = planning()
  const fact = { dedupKey: 'build-7', to: [...users('ada'), { kind: 'address' as const, email: 'list@example.com' }] }
  await world.fanOut([world.accept(anEvent({ id: 'evt_1', expiresAt: NOON, ...fact }))])
  await world.fanOut([world.accept(anEvent({ id: 'evt_2', channels: ['sms'], ...fact }))])
  expect(world.tables().dedup).toEqual({})
  await world.fanOut([world.accept(anEvent({ id: 'evt_3', ...fact }))])
  expect(world.tables().deliveries.map(({ eventId, recipient }) => [eventId, recipient.slice(0, 4)])).toEqual([
    ['evt_3', 'ada'],
    ['evt_3', 'adr_'],
  ])
})

it('shares a transaction between events for 250 people and shared connections at most', async () => {
  const shared = Array.from({ length: 20 }, (_, n) => aConnection({ id: `con_${n}`, channel: 'discord', personal: false, events: [{ type: '*' }] }))
  const world = planning({ shared })
  await world.fanOut(Array.from({ length: 30 }, (_, n) => world.accept(anEvent({ id: `evt_${n}`, to: [] }))))
  expect(world.seen.batches).toEqual([240, 240, 120])
})

it('does not claim the dedup key for an inactive user', async () => {
  const world = planning({ inactive: ['ada'] })
  await world.fanOut([world.accept(anEvent({ to: users('ada'), dedupKey: 'build-7' }))])
  expect(world.tables().decisions).toMatchObject([{ recipient: 'ada', reason: 'user_inactive' }])
  expect(world.tables().dedup).toEqual({})
})

it('notifies a shared connection and an address once per dedup key, and claims none for an event that a condition skips', async () => {
  const when = [{ type: '*', when: { failed: true } }]
  const world = planning({ shared: [aConnection({ id: 'con_team', channel: 'discord', personal: false, events: when })] })
  const fact = { dedupKey: 'build-7', to: [{ kind: 'address' as const, email: 'list@example.com' }] }
  for (const [id, failed] of [
    ['evt_1', false],
    ['evt_2', true],
    ['evt_3', true],
  ] as const)
    await world.fanOut([world.accept(anEvent({ id, data: { failed }, ...fact }))])
  expect(world.tables().decisions.map(({ eventId, recipient, reason }) => [eventId, recipient.slice(0, 4), reason])).toEqual([
    ['evt_1', 'adr_', 'routed'],
    ['evt_1', 'con_', 'condition'],
    ['evt_2', 'adr_', 'duplicate'],
    ['evt_2', 'con_', 'routed'],
    ['evt_3', 'adr_', 'duplicate'],
    ['evt_3', 'con_', 'duplicate'],
  ])
})

it('plans shared connections once per event, not once per batch', async () => {
  const world = planning({ shared: [aConnection({ id: 'con_team', channel: 'discord', personal: false, events: [{ type: '*' }] })] })
  await world.fanOut([world.accept(anEvent({ to: toTopic }))])
  expect(world.tables().deliveries.filter(({ recipient }) => recipient === 'con_team')).toHaveLength(1)
})

it('still plans an event whose type was deleted after it was accepted', async () => {
  const world = planning()
  const task = world.accept(anEvent({ type: 'gone.type', to: users('ada') }))
  await world.fanOut([task])
  expect(world.tables().notifications).toHaveLength(1)
  expect(world.tables().deliveries).toHaveLength(1)
})

it('announces a plan only after the commit', async () => {
  const world: ReturnType<typeof planning> = planning({ parallel: true, more: { planned: () => void seen.push(world.tables().notifications.length) } })
  const seen: number[] = []
  await world.fanOut([world.accept(anEvent({ to: toTopic }))])
  expect(seen).toEqual([250, 500, 600])
})
