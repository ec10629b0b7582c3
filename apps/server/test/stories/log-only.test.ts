import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, smtpSettings, statesOf, type World } from './world.ts'

describe.each(engines)('log-only mode (%s)', (engine) => {
  let world: World
  const lines: string[] = []
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true, log: (line) => lines.push(line) })
  })
  afterAll(() => world.stop())

  it('plans every event, writes it to the log, and reports the mode', async () => {
    const hub = world.client()
    expect((await hub.health.get()).checks.find(({ name }) => name === 'connections')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('log-only'),
    })
    const { id } = await hub.events.notify({ to: [{ user: 'ana', email: 'ana@example.com' }], title: 'Only logged', body: 'The *text* of it.' })
    await world.atRest()
    expect(await decisionsOf(hub, id)).toMatchObject({ 'ana in_app': 'deliver routed', 'ana email': 'deliver routed', 'ana webhook': 'skip no_destination' })
    expect(await statesOf(hub, id)).toEqual({ 'ana email': 'logged' })
    expect(lines.find((line) => line.includes('log-only mode'))).toContain('The text of it.')
  })

  it('ends with the first connection; channels without one say so', async () => {
    const hub = world.client()
    await hub.connections.create({ provider: 'smtp', name: 'Office mail', settings: smtpSettings(world.mail), personal: true })
    const { id } = await hub.events.notify({ to: ['ana'], title: 'Sent', body: '' })
    await world.atRest()
    expect(await decisionsOf(hub, id)).toMatchObject({ 'ana email': 'deliver routed', 'ana webhook': 'skip no_connection' })
    expect(await statesOf(hub, id)).toEqual({ 'ana email': 'sent' })
    expect(world.mail.mails.map(({ headers }) => headers['subject'])).toEqual(['Sent'])
    expect((await hub.health.get()).status).toBe('ok')
  })

  it('throws away nothing that was planned before: it waits until there is a connection again, and health says so', async () => {
    const hub = world.client()
    const mailboxes = async () => (await hub.connections.list()).items
    world.mail.refuse('mail', '421 4.3.2 Not now')
    const { id } = await hub.events.notify({ to: ['ana'], title: 'Waiting', body: '' })
    await world.atRest()
    world.mail.refuse('mail', undefined)
    for (const { id: last } of await mailboxes()) await hub.connections.delete(last)
    world.clock.advance(10 * 60_000)
    await world.atRest()
    expect((await hub.deliveries.list({ event: id })).items).toMatchObject([{ state: 'held', heldFor: 'no_connection', heldUntil: null }])
    expect((await hub.health.get()).checks.find(({ name }) => name === 'unconnected')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('1 on email'),
    })
    await hub.connections.create({ provider: 'smtp', name: 'Office mail', settings: smtpSettings(world.mail), personal: true })
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ 'ana email': 'sent' })
    expect((await hub.health.get()).checks.find(({ name }) => name === 'unconnected')?.status).toBe('ok')
  })
})
