import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_CRASHES } from '../../src/domain/task.ts'
import { codeOf } from '../../src/storage/delivery-states.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

describe.each(engines)('a delivery that was in hand at too many deaths of a process (%s)', (engine) => {
  const lines: { msg: string; [field: string]: unknown }[] = []
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine, { log: (line) => lines.push(JSON.parse(line)) })
  })
  afterAll(() => world.stop())

  it('is logged and counted like any other dead letter', async () => {
    const { me } = world.client('ana')
    await me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
    const { events, deliveries, health } = world.client()
    const { id: event } = await events.notify({ to: ['ana'], channels: ['webhook'], title: 'Hello', body: '' })
    await world.atRest()
    const { db } = world.app.dialect
    await db
      .updateTable('deliveries')
      .set({ state: codeOf('sending'), owner: 99, crashes: MAX_CRASHES - 1 })
      .execute()
    world.app.pipeline.tending.wake()
    const said = (text: string) => lines.find(({ msg }) => msg.startsWith(text))
    await world.see('the dead letter', () => said('a delivery failed for good') !== undefined)
    const [{ id, state, errorCode } = { id: '', state: '', errorCode: '' }] = (await deliveries.list({ event })).items
    expect([state, errorCode]).toEqual(['failed', 'quarantined'])
    const [{ id: connection } = { id: '' }] = (await world.client().connections.list()).items.filter(({ provider }) => provider === 'webhook')
    expect(said('a delivery failed for good')).toMatchObject({ delivery: id, event, connection, why: 'quarantined' })
    expect(said('deliveries of a dead process were reclaimed')).toMatchObject({ released: 0, quarantined: 1 })
    expect(await health.metrics()).toContain('carillon_deliveries_total{channel="webhook",provider="webhook",outcome="failed"} 1\n')
  })
})
