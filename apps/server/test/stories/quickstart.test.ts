import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, partsOf, statesOf, type World } from './world.ts'

describe.each(engines)('quickstart (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.stop())

  it('reports an event and finds it in a mail, a webhook and three inboxes, with a reason for each decision', async () => {
    const hub = world.client()
    await hub.eventTypes.put('build.failed', {
      name: 'A build failed',
      category: 'builds',
      severity: 'error',
      templates: { default: { title: 'Build {{ data.number }} failed', body: 'Branch **{{ data.branch }}** is red.' } },
    })
    await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })

    const { id } = await hub.events.report({
      type: 'build.failed',
      to: [{ user: 'ana', email: 'ana@example.com', name: 'Ana' }, { user: 'ben', email: 'ben@example.com' }, 'cem'],
      data: { number: 7, branch: 'main' },
    })
    await world.atRest()

    for (const user of ['ana', 'ben', 'cem']) {
      const { items } = await world.client(user).inbox.list()
      expect(items).toMatchObject([
        { eventId: id, type: 'build.failed', title: 'Build 7 failed', body: 'Branch main is red.', severity: 'error', readAt: null },
      ])
    }
    expect(world.mail.mails.map(({ to, headers }) => [to, headers['subject']]).sort()).toEqual([
      [['ana@example.com'], 'Build 7 failed'],
      [['ben@example.com'], 'Build 7 failed'],
    ])
    expect(partsOf(world.mailsTo('ana@example.com')[0]!)['text/html']).toContain('<strong>main</strong>')
    expect(world.hooks.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /ana'])
    const [delivery] = (await hub.deliveries.list({ event: id, user: 'ana' })).items.filter(({ channel }) => channel === 'webhook')
    expect(world.hooks.requests[0]!.json()).toMatchObject({
      id: delivery!.id,
      eventId: id,
      type: 'build.failed',
      category: 'builds',
      severity: 'error',
      title: 'Build 7 failed',
      data: { number: 7, branch: 'main' },
      user: { id: 'ana' },
    })

    // Every person on every channel of this hub, connected or not.
    const expected: Record<string, string> = {}
    for (const { channel, usable } of (await hub.channels.list()).items)
      for (const user of ['ana', 'ben', 'cem']) expected[`${user} ${channel}`] = usable ? 'skip no_destination' : 'skip no_connection'
    expect(Object.keys(expected).length).toBeGreaterThanOrEqual(15)
    expect(await decisionsOf(hub, id)).toEqual({
      ...expected,
      'ana in_app': 'deliver routed',
      'ana email': 'deliver routed',
      'ana webhook': 'deliver routed',
      'ben in_app': 'deliver routed',
      'ben email': 'deliver routed',
      'ben webhook': 'skip no_destination',
      'cem in_app': 'deliver routed',
      'cem email': 'skip no_destination',
      'cem webhook': 'skip no_destination',
    })
    expect(await statesOf(hub, id)).toEqual({ 'ana email': 'sent', 'ana webhook': 'sent', 'ben email': 'sent' })
  })

  it('shows the event with its data, recipients and deliveries', async () => {
    const hub = world.client()
    const [listed] = (await hub.events.list({ type: 'build.failed' })).items
    const event = await hub.events.get(listed!.id)
    expect(event).toMatchObject({
      state: 'planned',
      data: { number: 7, branch: 'main' },
      to: [{ user: 'ana', email: 'ana@example.com', name: 'Ana' }, { user: 'ben' }, 'cem'],
    })
    expect(event.notifications.map(({ user, visible }) => `${user} ${visible}`)).toEqual(['ana true', 'ben true', 'cem true'])
    expect(event.deliveries).toHaveLength(3)
    const delivery = await hub.deliveries.get(event.deliveries[0]!.id)
    expect(delivery).toMatchObject({ state: 'sent', attempts: 1, error: null, history: [{ n: 1, outcome: 'sent', connection: delivery.connection }] })
  })

  it('sends a message without an event type', async () => {
    const hub = world.client()
    const { id } = await hub.events.notify({ to: ['dia', { email: 'door@example.com', name: 'Door' }], title: 'Fire drill', body: 'At *noon*.' })
    await world.atRest()
    expect((await hub.events.get(id)).type).toBe('message')
    expect((await world.client('dia').inbox.list()).items).toMatchObject([{ title: 'Fire drill', body: 'At noon.' }])
    const [mail] = world.mailsTo('door@example.com')
    expect(mail!.headers['to']).toBe('Door <door@example.com>')
    expect(partsOf(mail!)['text/plain']).toContain('At noon.')
  })

  it('waits for sendAt, and can be cancelled until then', async () => {
    const hub = world.client()
    const sendAt = new Date(world.clock.now() + 60_000).toISOString()
    const said = await hub.events.notify({ to: ['eve'], title: 'Later', body: '', sendAt })
    const withdrawn = await hub.events.notify({ to: ['eve'], title: 'Never', body: '', sendAt })
    await world.atRest()
    expect((await hub.events.get(said.id)).state).toBe('scheduled')
    await hub.events.cancel(withdrawn.id)
    world.clock.advance(60_000)
    await world.atRest()
    expect((await world.client('eve').inbox.list()).items.map(({ title }) => title)).toEqual(['Later'])
    expect((await hub.events.get(withdrawn.id)).state).toBe('cancelled')
  })
})
