import { describe, expect, it } from 'vitest'
import type { Audience } from '../domain/event.ts'
import { anEvent } from '../domain/testing/samples.ts'
import { crowd, planning, toTopic, users } from './testing/crowd.ts'

describe('where two transactions are written at once', () => {
  it('plans the same, in two transactions at most', async () => {
    const to: Audience[] = [...toTopic, { kind: 'topic', key: 'app' }, ...users('zoe')]
    const topics = { web: crowd, app: [...crowd.slice(300), 'user-600'] }
    for (const event of [{ to: toTopic }, { to }, { to: toTopic, dedupKey: 'build-7' }]) {
      const [apart, together] = [planning({ topics }), planning({ topics, parallel: true, turns: 5 })]
      for (const world of [apart, together]) await world.fanOut([world.accept(anEvent(event))])
      const notified = (world: typeof apart) =>
        world
          .tables()
          .notifications.map(({ userId, decisions }) => [userId, decisions])
          .sort()
      expect(notified(together)).toEqual(notified(apart))
      expect(together.tables().deliveries).toHaveLength(apart.tables().deliveries.length)
      expect([apart.seen.mostOpen, together.seen.mostOpen]).toEqual([1, 2])
      expect(together.tables().events['evt_1']).toMatchObject({ state: 'planned', cursor: null })
    }
  })

  it('has one chunk behind for all walks together', async () => {
    const world = planning({ parallel: true, turns: 5 })
    const tasks = ['1', '2', '3'].map((n) => world.accept(anEvent({ id: `evt_${n}`, to: toTopic })))
    for (let more = true; more; ) {
      const left = []
      for (const task of tasks) left.push(await world.walk(task))
      more = left.includes(true)
    }
    expect(world.seen.mostOpen).toBe(2)
    for (const { ref } of tasks) expect(world.tables().events[ref]!.state).toBe('planned')
    expect(world.tables().notifications).toHaveLength(3 * crowd.length)
  })

  it('sends an address once that two people of neighbouring chunks share', async () => {
    const shared = (id: string) => (id === 'user-249' || id === 'user-250' ? 'shared' : id)
    const world = planning({ parallel: true, addressOf: shared })
    await world.fanOut([world.accept(anEvent({ to: toTopic }))])
    expect(
      world
        .tables()
        .deliveries.filter(({ addressHash }) => addressHash === 'shared')
        .map(({ recipient }) => recipient),
    ).toEqual(['user-249'])
    expect(world.tables().notifications.find(({ userId }) => userId === 'user-250')?.decisions).toContain('email=skip:duplicate')
  })

  it('stores no cursor before that of the chunk before, whichever is written first', async () => {
    const cursors: (string | null)[] = []
    const world: ReturnType<typeof planning> = planning({
      parallel: true,
      more: {
        planned: () => void cursors.push(world.tables().events['evt_1']!.cursor),
        planning: (run, before) =>
          world.planning(
            (tx) =>
              run({
                ...tx,
                // The first chunk is slow: the one behind it is written long before.
                async write(plans) {
                  if (before === undefined) for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve))
                  await tx.write(plans)
                },
              }),
            before,
          ),
      },
    })
    await world.fanOut([world.accept(anEvent({ to: toTopic }))])
    expect(cursors).toEqual(['0:user-249', '0:user-499', null])
    expect(world.seen.mostOpen).toBe(2)
  })

  it.each([1, 2, 3])('rolls the chunk behind back with chunk %i, and goes on at the stored cursor', async (dies) => {
    let transactions = 0
    const world: ReturnType<typeof planning> = planning({
      parallel: true,
      more: {
        planning: async (run, before) => {
          const fails = ++transactions === dies
          return world.planning(async (tx) => {
            const result = await run(tx)
            if (fails) throw new Error('died')
            return result
          }, before)
        },
      },
    })
    const task = world.accept(anEvent({ to: toTopic }))
    // A chunk that was begun before its turn is planned again; the first one tells.
    if (dies === 1) await expect(world.fanOut([task])).rejects.toThrow('died')
    expect(world.tables().notifications).toHaveLength(0)
    expect(world.seen.open).toBe(0)
    await world.fanOut([task])
    expect(world.tables().notifications.map(({ userId }) => userId)).toEqual(crowd)
    expect(world.tables().events['evt_1']!.state).toBe('planned')
  })

  it('rolls the chunk behind back when the event was cancelled during the one before', async () => {
    const world: ReturnType<typeof planning> = planning({
      parallel: true,
      more: {
        planning: (run, before) =>
          world.planning(
            (tx) =>
              run({
                ...tx,
                async write(plans) {
                  await tx.write(plans)
                  if (before === undefined) world.tables().events['evt_1']!.state = 'cancelled'
                },
              }),
            before,
          ),
      },
    })
    const task = world.accept(anEvent({ to: toTopic }))
    expect(await world.walk(task)).toBe(false)
    expect(world.seen).toMatchObject({ mostOpen: 2, open: 0 })
    expect(world.tables().notifications).toHaveLength(250)
    expect(world.tables().done).toEqual([task.id])
  })

  it('creates nobody in the chunk behind: it could wait for the same row', async () => {
    const created: boolean[] = []
    const world: ReturnType<typeof planning> = planning({
      parallel: true,
      more: {
        planning: (run, before) => world.planning((tx) => run({ ...tx, upsertUsers: async () => void created.push(before === undefined) }), before),
      },
    })
    await world.fanOut([world.accept(anEvent({ to: toTopic }))])
    expect(world.seen).toMatchObject({ batches: [250, 250, 100], mostOpen: 2 })
    expect(created).toEqual([true])
  })

  it('begins no chunk behind while the hub stops', async () => {
    const world = planning({ parallel: true, turns: 5, more: { stopping: () => true } })
    expect(await world.walk(world.accept(anEvent({ to: toTopic })))).toBe(true)
    expect(world.seen).toMatchObject({ mostOpen: 1, open: 0 })
  })

  it('forgets a walk when no transaction of it runs any more', async () => {
    const world = planning({ parallel: true, turns: 5 })
    const task = world.accept(anEvent({ to: toTopic }))
    expect(await world.walk(task)).toBe(true)
    expect(world.seen.open).toBe(1)
    await world.forget([task])
    expect(world.seen.open).toBe(0)
    const { cursor } = world.tables().events['evt_1']!
    expect(cursor).toBe(`0:${world.tables().notifications.at(-1)!.userId}`)
    await world.fanOut([task])
    expect(world.tables().notifications.map(({ userId }) => userId)).toEqual(crowd)
  })
})
