import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, statesOf, type World } from './world.ts'

describe.each(engines)('log channel (%s)', (engine) => {
  let world: World
  const lines: string[] = []
  const written = () => lines.filter((line) => line.includes('a message of the channel log')).map((line) => JSON.parse(line))
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true, log: (line) => lines.push(line) })
  })
  afterAll(() => world.stop())

  it('writes the rendered message for a user who opted in, as a normal delivery', async () => {
    const hub = world.client()
    await hub.connections.create({ provider: 'log', name: 'Log', settings: {}, personal: true })
    await world.client('ana').me.putDestination('log', {})
    const { id } = await hub.events.notify({ to: ['ana', 'ben'], title: 'Build 7 failed', body: 'The *text* of it.' })
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ 'ana log': 'sent' })
    const [delivery] = (await hub.deliveries.list({ event: id })).items
    expect(written()).toMatchObject([{ delivery: delivery!.id, event: id, user: 'ana', title: 'Build 7 failed', text: 'The text of it.' }])
  })

  it('is tested with a log line', async () => {
    lines.length = 0
    const hub = world.client()
    expect(await hub.connections.testUnsaved({ provider: 'log', name: 'Log', personal: true, to: {} })).toMatchObject({ ok: true, sent: ['test'] })
    expect(written()).toHaveLength(1)
  })
})
