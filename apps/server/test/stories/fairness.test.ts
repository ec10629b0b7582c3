import type { Priority } from '@carillon/client'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

const PEOPLE = 5000
const START = Date.UTC(2026, 0, 5, 12)

describe.each(engines)('fairness of fan-out: a large audience (%s)', (engine) => {
  let world: World
  beforeEach(async () => {
    let reads = 0
    // Every read of this clock is later than the one before, so times show an order.
    world = await openWorld(engine, { clock: { now: () => START + reads++, advance: () => {} } })
    const hub = world.client()
    await hub.topics.put('everybody', { name: 'Everybody' })
    for (let n = 0; n < PEOPLE; n += 1000)
      await hub.topics.subscribe(
        'everybody',
        Array.from({ length: 1000 }, (_, i) => `user-${n + i}`),
      )
  })
  afterEach(() => world.stop())

  const report = async (to: { topic: string } | string, priority: Priority) =>
    (await world.client().events.report({ type: 'message', to: [to], priority, data: { title: 'News', body: 'Something happened.' } })).id
  const rowOf = (id: string) => {
    const { db, bytesOf } = world.app.dialect
    return db.selectFrom('events').select(['n', 'cursor', 'planned_at']).where('id', '=', bytesOf('evt', id)).executeTakeFirstOrThrow()
  }
  const walking = (id: string) => vi.waitFor(async () => expect((await rowOf(id)).cursor).not.toBeNull(), { timeout: 10_000, interval: 1 })

  it('delays no other event: events reported during its fan-out are planned before it ends', async () => {
    const long = await report({ topic: 'everybody' }, 'urgent')
    await walking(long)
    const short = await report('ada', 'low')
    await world.atRest()
    const [first, last] = [await rowOf(short), await rowOf(long)]
    expect(first.planned_at).toBeLessThan(last.planned_at!)
    const { rows } = await sql<{ n: number }>`select count(*) as n from notifications where event = ${last.n}`.execute(world.app.dialect.db)
    expect(Number(rows[0]?.n)).toBe(PEOPLE)
  })

  it('yields to a more urgent one', async () => {
    const calm = await report({ topic: 'everybody' }, 'low')
    await walking(calm)
    const urgent = await report({ topic: 'everybody' }, 'urgent')
    await world.atRest()
    expect((await rowOf(urgent)).planned_at).toBeLessThan((await rowOf(calm)).planned_at!)
  })
})
