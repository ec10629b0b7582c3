import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, smtpSettings, told, type World } from './world.ts'

describe.each(engines)('live configuration (%s)', (engine) => {
  let world: World
  const emailOf = async (user: string) =>
    told(...(await world.client().events.explain({ type: 'message', to: [user], data: { title: 'a', body: 'b' } })).items)[`${user} email`]
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true })
    await world.client().users.put('ana', { email: 'ana@example.com' })
    await world.client().connections.create({ provider: 'webhook', name: 'So that the hub is connected', personal: true })
  })
  afterAll(() => world.stop())

  it('applies to the next request: a connection', async () => {
    const { connections } = world.client()
    const mail = { provider: 'smtp', name: 'Mail', settings: smtpSettings(world.mail), personal: true }
    for (let time = 0; time < 3; time++) {
      const { id } = await connections.create(mail)
      expect(await emailOf('ana')).toBe('deliver routed')
      await connections.put(id, { ...mail, enabled: false })
      expect(await emailOf('ana')).toBe('skip no_connection')
      await connections.put(id, mail)
      expect(await emailOf('ana')).toBe('deliver routed')
      await connections.delete(id)
      expect(await emailOf('ana')).toBe('skip no_connection')
    }
    await world.atRest()
  })

  it('applies to the next request: a channel', async () => {
    const { channels, connections } = world.client()
    await connections.create({ provider: 'smtp', name: 'Mail', settings: smtpSettings(world.mail), personal: true })
    for (let time = 0; time < 5; time++) {
      await channels.put('email', { enabled: false })
      expect(await emailOf('ana')).toBe('skip channel_disabled')
      await channels.put('email', { enabled: true })
      expect(await emailOf('ana')).toBe('deliver routed')
    }
    await world.atRest()
  })
})
