import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

describe.each(engines)('CARILLON_ROLE=api (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine, { env: { CARILLON_ROLE: 'api' } })
  })
  afterAll(() => world.stop())

  it('leaves the work to the workers, also when it is notified of a change', async () => {
    const { id } = await world.client().events.notify({ to: ['ada'], title: 'News', body: 'Something happened.' })
    for (let looks = 0; looks < 30; looks++) {
      world.app.pipeline.wake()
      expect(await world.client().events.get(id)).toMatchObject({ state: 'accepted' })
    }
  })

  it('has no row among the processes that have deliveries in hand', async () => {
    await world.client().events.notify({ to: ['ada'], title: 'News', body: 'Something happened.' })
    expect(await world.app.dialect.db.selectFrom('nodes').selectAll().execute()).toEqual([])
  })
})
