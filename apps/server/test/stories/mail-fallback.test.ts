import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Received } from '../../src/providers/testing/receiver.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, smtpSettings, type World } from './world.ts'

const form = ({ body }: Received) => Object.fromEntries(new URLSearchParams(body))

describe.each(engines)('mail failover (%s)', (engine) => {
  let world: World
  let mailgun: string
  let office: string
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true })
    const { connections, users } = world.client()
    const settings = { apiKey: 's3cret-key', domain: 'mg.example.com', region: 'eu', from: 'Bells <bells@example.com>', apiUrl: world.hooks.url }
    // Created first and last in the order, so that only `priority` can decide.
    office = (await connections.create({ provider: 'smtp', name: 'Office mail', settings: smtpSettings(world.mail), personal: true, priority: 2 })).id
    mailgun = (await connections.create({ provider: 'mailgun', name: 'Mailgun', settings, personal: true, priority: 1 })).id
    await users.put('ana', { email: 'ana@example.com' })
  })
  beforeEach(async () => {
    world.hooks.respond({ body: { id: '<1@mg.example.com>', message: 'Queued. Thank you.' } })
    world.hooks.requests.length = 0
    world.mail.mails.length = 0
    for (const id of [mailgun, office]) await world.client().connections.reset(id)
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  const tell = async (title: string) => {
    const { id } = await world.client().events.notify({ to: ['ana'], title, body: 'Hello', channels: ['email'] })
    await world.atRest()
    return id
  }
  const deliveryOf = async (eventId: string) => {
    const { deliveries } = world.client()
    const [one] = (await deliveries.list({ event: eventId })).items
    return deliveries.get(one!.id)
  }

  it('sends through Mailgun as long as it works', async () => {
    const delivery = await deliveryOf(await tell('First way'))
    expect(delivery).toMatchObject({ state: 'sent', attempts: 1, externalId: '<1@mg.example.com>', history: [{ connection: mailgun, outcome: 'sent' }] })
    expect(world.hooks.requests.map((request) => [request.path, form(request)])).toMatchObject([
      ['/v3/mg.example.com/messages', { to: 'ana@example.com', subject: 'First way', 'v:delivery': delivery.id }],
    ])
    expect(world.mail.mails).toEqual([])
  })

  it.each([
    ['is down', { status: 503 }, 'http_503'],
    ['is in a hurry', { status: 429, headers: { 'retry-after': '60' } }, 'http_429'],
    ['refuses its key', { status: 401, body: 'Forbidden' }, 'http_401'],
  ])('goes through the office in the same attempt when Mailgun %s', async (_what, reply, code) => {
    world.hooks.respond(reply)
    const delivery = await deliveryOf(await tell('Second way'))
    expect(delivery).toMatchObject({
      state: 'sent',
      attempts: 1,
      history: [
        { n: 1, connection: mailgun, outcome: 'failover', code },
        { n: 1, connection: office, outcome: 'sent' },
      ],
    })
    expect(JSON.stringify(delivery)).not.toContain('s3cret')
    expect(world.mailsTo('ana@example.com').map(({ headers }) => headers['subject'])).toEqual(['Second way'])
  })

  it('does not try the second connection when Mailgun rejects the message', async () => {
    world.hooks.respond({ status: 400, body: { message: 'too many recipients' } })
    expect(await deliveryOf(await tell('No way'))).toMatchObject({ state: 'failed', history: [{ connection: mailgun, outcome: 'failed', code: 'http_400' }] })
    expect(world.mail.mails).toEqual([])
  })

  it('tries no other connection when Mailgun may have accepted the mail, and Mailgun again later', async () => {
    // The whole request was read, and no response came.
    world.hooks.respond((_request, response) => void response.socket?.destroy())
    const event = await tell('Perhaps')
    expect(await deliveryOf(event)).toMatchObject({ state: 'queued', attempts: 1, history: [{ connection: mailgun, outcome: 'retry', code: 'reset' }] })
    expect(world.mail.mails).toEqual([])

    world.hooks.respond({ body: { id: '<2@mg.example.com>' } })
    world.clock.advance(2 * 60_000)
    await world.atRest()
    expect(await deliveryOf(event)).toMatchObject({ state: 'sent', attempts: 2, externalId: '<2@mg.example.com>' })
    expect(new Set(world.hooks.requests.map((request) => form(request)['h:Message-Id'])).size).toBe(1)
    expect(world.mail.mails).toEqual([])
  })
})

describe.each(engines)('shared mail connections (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true })
  })
  afterAll(() => world.stop())
  const shared = (destination: object) => ({
    provider: 'smtp',
    name: 'On call',
    settings: smtpSettings(world.mail),
    personal: false,
    destination: { ...destination },
    events: [{ type: 'build.failed' }],
  })

  it.each([
    [{}, '/destination/to'],
    [{ to: [], cc: [], bcc: [] }, '/destination/to'],
    [{ to: ['ana@example.com'], bcc: ['ANA@example.com'] }, '/destination/bcc/0'],
    [{ to: ['ana'] }, '/destination/to/0'],
    [{ address: 'ana@example.com' }, '/destination/address'],
  ])('refuses the destination %j', async (destination, pointer) => {
    expect(await refusal(world.client().connections.create(shared(destination)))).toEqual({ status: 422, code: 'invalid_field', pointer })
  })

  it('send one mail to all recipients, and record the refused ones', async () => {
    const hub = world.client()
    await hub.eventTypes.put('build.failed', { templates: { default: { title: 'Build failed' } } })
    const { id, destination } = await hub.connections.create(shared({ to: ['ana@example.com'], bcc: ['ben@example.com', 'cem@example.com'] }))
    expect(destination).toEqual({ to: ['ana@example.com'], cc: [], bcc: ['ben@example.com', 'cem@example.com'] })
    world.mail.refuse('rcpt', (address) => (address === 'cem@example.com' ? '550 5.1.1 No such user' : undefined))

    const event = await hub.events.report({ type: 'build.failed', to: ['zoe'] })
    await world.atRest()
    expect(world.mail.mails.map(({ to, headers }) => [to, headers['to']])).toEqual([[['ana@example.com', 'ben@example.com'], 'ana@example.com']])
    expect(world.mail.mails[0]?.raw).not.toMatch(/ben@|cem@/)
    const [one] = (await hub.deliveries.list({ event: event.id })).items
    expect(await hub.deliveries.get(one!.id)).toMatchObject({
      recipient: id,
      state: 'sent',
      history: [{ outcome: 'sent', detail: '1 of 3 recipients refused: cem@example.com (550 5.1.1 No such user)' }],
    })
  })

  it('never send a stored key to a new address', async () => {
    const hub = world.client()
    const settings = { apiKey: 's3cret-key', domain: 'mg.example.com', from: 'bells@example.com' }
    const made = await hub.connections.create({ provider: 'mailgun', name: 'Mailgun', settings, personal: true, enabled: false })
    expect(made.settings).toMatchObject({ apiKey: '********', region: 'us' })
    const moved = { provider: 'mailgun', name: 'Mailgun', settings: { ...made.settings, apiUrl: 'https://evil.example.net' }, personal: true }
    expect(await refusal(hub.connections.put(made.id, moved))).toEqual({ status: 422, code: 'invalid_field', pointer: '/settings/apiKey' })
  })

  it('have a form', async () => {
    const { items } = await world.client().providers.list()
    const lists = { properties: { to: { type: 'array' }, cc: { type: 'array' }, bcc: { type: 'array' } } }
    for (const { channel, sharedDestination } of items) if (channel === 'email') expect(sharedDestination).toMatchObject(lists)
    expect(items.find(({ id }) => id === 'webhook')).not.toHaveProperty('sharedDestination')
  })
})
