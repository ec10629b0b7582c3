import type { Client } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { createTestClock, startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase, engines, type TestDatabase } from '../setup/engines.ts'

describe.each(engines)('pasted Apprise URLs on %s', (engine) => {
  const clock = createTestClock()
  let hub: TestHub
  let database: TestDatabase
  let first: Receiver
  let second: Receiver
  let relay: Receiver
  let person = 0
  const host = (receiver: Receiver) => `127.0.0.1:${receiver.port}`
  async function paste(...urls: string[]): Promise<{ user: string; me: Client['me'] }> {
    const user = `p${++person}`
    const { me } = hub.client(user)
    await me.putDestination('apprise', { urls })
    return { user, me }
  }
  const refused = (urls: unknown[]) =>
    hub
      .client('nobody')
      .me.putDestination('apprise', { urls } as never)
      .then(
        () => null,
        (error: { status: number; code: string; errors: { pointer: string; message: string }[] }) => error,
      )
  async function report(user: string): Promise<{ state: string }[]> {
    const { id } = await hub.client().events.report({ type: 'bell', to: [user], channels: ['apprise'] })
    await hub.settle()
    return (await hub.client().deliveries.list({ event: id })).items.map(({ state }) => ({ state }))
  }

  beforeAll(async () => {
    database = await createTestDatabase(engine)
    hub = await startTestHub({ databaseUrl: database.url, clock: clock.now })
    first = await startReceiver()
    second = await startReceiver({ body: { id: 'x' } })
    relay = await startReceiver({ body: { error: null } })
    await hub.client().eventTypes.put('bell', { category: 'bells', templates: { default: { title: 'Ding', body: 'A **bell**' } } })
  })
  afterAll(async () => {
    await hub.reconcile()
    await hub.stop()
    await database.remove()
    await Promise.all([first.close(), second.close(), relay.close()])
  })

  it('reach each place by the provider that its scheme means, one delivery each, without any connection', async () => {
    const { user, me } = await paste(`json://${host(first)}/hook?+X-Key=k`, `ntfy://tk_1@${host(second)}/alerts`)
    expect(await report(user)).toEqual([{ state: 'sent' }, { state: 'sent' }])
    expect(first.requests[0]).toMatchObject({ method: 'POST', path: '/hook', headers: { 'x-key': 'k' } })
    expect(first.requests[0]!.json()).toMatchObject({ type: 'bell', title: 'Ding' })
    expect(second.requests[0]!.headers['authorization']).toBe('Bearer tk_1')
    expect(second.requests[0]!.json()).toMatchObject({ topic: 'alerts', title: 'Ding', message: 'A **bell**' })
    expect(await me.destination('apprise')).toMatchObject({ channel: 'apprise', body: { urls: ['********', '********'] } })
    expect((await me.destinations()).items).toHaveLength(1)
  })

  it('are kept by their masks, and what leaves the list hears nothing more', async () => {
    const { user, me } = await paste(`json://${host(first)}/a`, `json://${host(first)}/b`)
    await me.putDestination('apprise', { urls: ['********'] })
    const before = first.requests.length
    expect(await report(user)).toEqual([{ state: 'sent' }])
    expect(first.requests.slice(before).map(({ path }) => path)).toEqual(['/a'])
    await me.deleteDestination('apprise')
    expect(await report(user)).toEqual([])
  })

  it('fail for themselves: what is gone is switched off, the rest goes on', async () => {
    const { user, me } = await paste(`json://${host(first)}/gone`, `json://${host(first)}/here`)
    first.respond(({ path }) => (path === '/gone' ? 410 : 200))
    expect((await report(user)).map(({ state }) => state).sort()).toEqual(['failed', 'sent'])
    expect(await report(user)).toEqual([{ state: 'sent' }])
    expect(await me.destination('apprise')).toMatchObject({ goneAt: null })
    first.respond(200)
  })

  it('are checked when they are pasted', async () => {
    expect(await refused(['carrier-pigeon://loft'])).toMatchObject({
      status: 422,
      errors: [{ pointer: '/urls/0', message: expect.stringMatching(/supported: .*discord:\/\/.*ntfys:\/\/.*slack:\/\//s) }],
    })
    expect(await refused([`json://${host(first)}`, 'discord://12'])).toMatchObject({ status: 422, errors: [{ pointer: '/urls/1' }] })
    expect(await refused(['discord://12/token'])).toMatchObject({ status: 422, errors: [{ pointer: '/urls/0', message: expect.stringContaining('Discord') }] })
    expect(await refused(['json://10.1.2.3/hook'])).toMatchObject({ status: 422, code: 'address_not_allowed', errors: [{ pointer: '/urls/0' }] })
    expect(await refused(['not a url'])).toMatchObject({ status: 422, errors: [{ pointer: '/urls/0' }] })
    expect(await refused([])).toMatchObject({ status: 422 })
    expect(await refused(Array.from({ length: 11 }, (_, i) => `ntfy://t${i}`))).toMatchObject({ status: 422 })
    await expect(hub.client('nobody').me.destination('apprise')).rejects.toMatchObject({ status: 404 })
  })

  it('of other schemes go through an Apprise API server, when there is one', async () => {
    const { id } = await hub.client().connections.create({ provider: 'apprise', name: 'Relay', personal: true, settings: { server: relay.url } })
    const { user } = await paste('carrier-pigeon://loft', `json://${host(first)}/own`)
    const before = first.requests.length
    expect(await report(user)).toEqual([{ state: 'sent' }, { state: 'sent' }])
    expect(relay.requests.map((request) => request.json())).toMatchObject([{ urls: ['carrier-pigeon://loft'], title: 'Ding' }])
    expect(first.requests).toHaveLength(before + 1)
    const team = { provider: 'apprise', name: 'Team', personal: false, settings: { server: relay.url }, events: [{ type: 'bell' }] }
    const shared = await hub.client().connections.create({ ...team, destination: { urls: ['town-crier://square'] } })
    await report('nobody')
    expect(relay.requests.at(-1)!.json()).toMatchObject({ urls: ['town-crier://square'] })
    await hub.client().connections.delete(shared.id)
    await hub.client().connections.delete(id)
    expect((await report(user)).map(({ state }) => state).sort()).toEqual(['failed', 'sent'])
  })
})
