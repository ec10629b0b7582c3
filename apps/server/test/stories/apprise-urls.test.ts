import { type Client, createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { createTestClock, startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase, engines, type TestDatabase } from '../setup/engines.ts'

describe.each(engines)('Apprise URLs (%s)', (engine) => {
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

  /** The lines of the trace of the person's last event that concern the channel. */
  async function traceOf(user: string): Promise<string[]> {
    const lines: string[] = []
    const [event] = (await hub.client().events.list({ user, type: 'bell', limit: 1 })).items
    for await (const { channel, decision, reason, detail } of hub.client().events.decisions(event!.id, { recipient: user, limit: 1 }))
      if (channel === 'apprise') lines.push([decision, reason, detail].filter(Boolean).join(' '))
    return lines
  }

  beforeAll(async () => {
    database = await createTestDatabase(engine)
    // One person pastes URLs of this machine.
    hub = await startTestHub({ databaseUrl: database.url, clock: clock.now, env: { CARILLON_OUTBOUND_ALLOW_USERS: '127.0.0.1' } })
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

  it('are each delivered by the provider of their scheme, one delivery per URL, without a connection', async () => {
    const { user, me } = await paste(`json://${host(first)}/hook?+X-Key=k`, `ntfy://tk_1@${host(second)}/alerts`)
    expect(await report(user)).toEqual([{ state: 'sent' }, { state: 'sent' }])
    expect(first.requests[0]).toMatchObject({ method: 'POST', path: '/hook', headers: { 'x-key': 'k' } })
    expect(first.requests[0]!.json()).toMatchObject({ type: 'bell', title: 'Ding' })
    expect(second.requests[0]!.headers['authorization']).toBe('Bearer tk_1')
    expect(second.requests[0]!.json()).toMatchObject({ topic: 'alerts', title: 'Ding', message: 'A **bell**' })
    expect(await me.destination('apprise')).toMatchObject({
      channel: 'apprise',
      body: { urls: [`json://${host(first)}/********`, `ntfy://${host(second)}/********`] },
      places: [
        { place: 1, label: `json://${host(first)}`, goneAt: null, health: { state: 'healthy' } },
        { place: 2, label: `ntfy://${host(second)}`, goneAt: null, health: { state: 'healthy' } },
      ],
    })
    expect((await me.destinations()).items).toHaveLength(1)
  })

  it('are kept when sent back masked, in any order; a removed URL gets no further delivery', async () => {
    const { user, me } = await paste(`json://${host(first)}/a`, `ntfy://${host(second)}/here`, `json://${host(first)}/b`)
    const shown = [`json://${host(first)}#1/********`, `ntfy://${host(second)}/********`, `json://${host(first)}#3/********`]
    expect((await me.destination('apprise')).body).toEqual({ urls: shown })
    await me.putDestination('apprise', { urls: [shown[2]!, shown[1]!] })
    const before = [first.requests.length, second.requests.length]
    expect(await report(user)).toEqual([{ state: 'sent' }, { state: 'sent' }])
    expect(first.requests.slice(before[0]).map(({ path }) => path)).toEqual(['/b'])
    expect(second.requests.slice(before[1])).toHaveLength(1)
    expect((await me.destination('apprise')).body).toEqual({ urls: [`json://${host(first)}/********`, shown[1]] })
    await me.deleteDestination('apprise')
    expect(await report(user)).toEqual([])
  })

  it('lose their secrets for another server, and where nothing is stored', async () => {
    const { me } = await paste(`json://key@${host(first)}/a`)
    for (const urls of [[`json://${host(second)}/********`], [`json://${host(first)}/********?to=x`], [`ntfy://${host(first)}/********`]])
      await expect(me.putDestination('apprise', { urls })).rejects.toMatchObject({ status: 422, errors: [{ pointer: '/urls/0' }] })
    expect(await refused([`json://${host(first)}/********`])).toMatchObject({ status: 422, errors: [{ pointer: '/urls/0' }] })
    const stored = { urls: [`json://${host(first)}/********`] }
    expect((await me.destination('apprise')).body).toEqual(stored)
    // Bare masks are matched by their place, so only while their number is the same.
    await expect(me.putDestination('apprise', { urls: ['********', 'json://127.0.0.1:1/new'] })).rejects.toMatchObject({ errors: [{ pointer: '/urls/0' }] })
    await me.putDestination('apprise', { urls: ['********'] })
    expect((await me.destination('apprise')).body).toEqual(stored)
  })

  it('have labels without secrets, also where a token is in place of a host', async () => {
    const { me } = await paste(
      'tgram://123456789:abcdefghijklmnopqrstuvwxyz_ABCDEFGH/12345',
      `discord://123456789012345678/${'a'.repeat(68)}`,
      'ntfy://secret-topic',
    )
    expect((await me.destination('apprise')).places.map(({ label }) => label)).toEqual(['tgram://telegram', 'discord://discord.com', 'ntfy://ntfy.sh'])
  })

  it('fail independently: a URL that is gone is switched off and named, the others continue', async () => {
    const { user, me } = await paste(`json://${host(first)}/gone`, `ntfy://${host(second)}/here`)
    const { inbox } = hub.client(user)
    const dead = {
      place: 1,
      label: `json://${host(first)}`,
      goneAt: expect.any(String),
      goneReason: expect.stringContaining('410'),
      health: { state: 'failing' },
    }
    first.respond(410)
    expect((await report(user)).map(({ state }) => state).sort()).toEqual(['failed', 'sent'])
    expect(await me.destination('apprise')).toMatchObject({
      goneAt: null,
      health: { state: 'failing' },
      places: [dead, { place: 2, goneAt: null, health: { state: 'healthy' } }],
    })
    expect((await inbox.list()).items[0]).toMatchObject({
      type: 'destination.switched_off',
      title: `We can no longer reach you at json://${host(first)}`,
      body: expect.stringMatching(/^It does not exist any more\..*The rest of your list still works\.$/s),
    })
    expect(await report(user)).toEqual([{ state: 'sent' }])
    expect(await traceOf(user)).toEqual(['deliver routed', `skip destination_gone json://${host(first)}`])

    second.respond(410)
    await report(user)
    expect((await inbox.list()).items[0]).toMatchObject({
      title: `We can no longer reach you at ntfy://${host(second)}`,
      body: expect.stringMatching(/until you save it again\.$/),
    })
    expect(await me.destination('apprise')).toMatchObject({ goneAt: expect.any(String), goneReason: expect.stringContaining('410') })
    expect(await report(user)).toEqual([])
    expect(await traceOf(user)).toEqual(['skip destination_gone'])
    first.respond(200)
    second.respond({ body: { id: 'x' } })
    await me.putDestination('apprise', { urls: [`ntfy://${host(second)}/********`] })
    expect(await report(user)).toEqual([{ state: 'sent' }])
  })

  it('each have a line in the trace when several are skipped for one reason', async () => {
    const dead = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    const { user } = await paste(...dead.map((n) => `json://${host(first)}/${n}`), `ntfy://${host(second)}/here`)
    first.respond(410)
    await report(user)
    expect(await report(user)).toEqual([{ state: 'sent' }])
    expect(await traceOf(user)).toEqual(['deliver routed', ...dead.map((n) => `skip destination_gone json://${host(first)}#${n}`)])
    first.respond(200)
  })

  it('are confirmed individually, and the trace shows it', async () => {
    const { user, me } = await paste(`json://${host(first)}/a`)
    const { token } = await hub.client().users.token(user)
    const own = createClient({ baseUrl: hub.address, token })
    await own.me.putDestination('apprise', { urls: [`json://${host(first)}/********`, `ntfy://${host(second)}/new`] })
    await hub.settle()
    expect(await me.destination('apprise')).toMatchObject({
      confirmedAt: null,
      places: [{ confirmedAt: expect.any(String) }, { label: `ntfy://${host(second)}`, confirmedAt: null }],
    })
    expect(await report(user)).toEqual([{ state: 'sent' }])
    expect(await traceOf(user)).toEqual(['deliver routed', `skip destination_unconfirmed ntfy://${host(second)}`])
  })

  it('are delivered by a built-in connection, which can be read', async () => {
    const { user } = await paste(`json://${host(first)}/a`)
    await report(user)
    const [sent] = (await hub.client().deliveries.list({ user })).items
    expect(await hub.client().connections.get(sent!.connection!)).toMatchObject({ id: 'con_apprise', provider: 'apprise', personal: true, settings: {} })
    expect((await hub.client().connections.list()).items.map(({ id }) => id)).not.toContain('con_apprise')
    await expect(hub.client().connections.delete('con_apprise')).rejects.toMatchObject({ status: 404 })
    expect(await hub.client().connections.get('con_log')).toMatchObject({ provider: 'log' })
  })

  it('are checked when saved', async () => {
    expect(await refused(['carrier-pigeon://loft'])).toMatchObject({
      status: 422,
      errors: [{ pointer: '/urls/0', message: expect.stringMatching(/supported: .*discord:\/\/.*ntfys:\/\/.*slack:\/\//s) }],
    })
    expect(await refused([`json://${host(first)}`, 'discord://12'])).toMatchObject({ status: 422, errors: [{ pointer: '/urls/1' }] })
    expect(await refused(['discord://12/token'])).toMatchObject({ status: 422, errors: [{ pointer: '/urls/0', message: expect.stringContaining('Discord') }] })
    expect(await refused(['json://10.1.2.3/hook'])).toMatchObject({ status: 422, code: 'address_not_allowed', errors: [{ pointer: '/urls/0' }] })
    for (const url of ['not a url', 'hello', 'json://h.example/a\r\nb'])
      expect(await refused([url])).toMatchObject({
        status: 422,
        errors: [{ pointer: '/urls/0', message: expect.stringMatching(/^must be a URL such as ntfys:/) }],
      })
    expect(await refused([])).toMatchObject({ status: 422 })
    expect(await refused(Array.from({ length: 11 }, (_, i) => `ntfy://t${i}`))).toMatchObject({ status: 422 })
    await expect(hub.client('nobody').me.destination('apprise')).rejects.toMatchObject({ status: 404 })
  })

  it('of other schemes go through an Apprise API server, if one is connected', async () => {
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
