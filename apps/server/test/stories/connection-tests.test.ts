import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { startSmtpReceiver } from '../../src/providers/testing/smtp-receiver.ts'
import { createTestClock, startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase, engines, type TestDatabase } from '../setup/engines.ts'
import { smtpSettings } from './world.ts'

describe.each(engines)('testing connections (%s)', (engine) => {
  const clock = createTestClock()
  let database: TestDatabase
  let hub: TestHub
  let receiver: Receiver

  beforeAll(async () => {
    database = await createTestDatabase(engine)
    receiver = await startReceiver()
    hub = await startTestHub({ databaseUrl: database.url, clock: clock.now })
    await hub.client().eventTypes.put('build.failed', {
      name: 'Build failed',
      category: 'ci',
      templates: { default: { title: '{{ data.project }} is red', body: 'Look at it.' } },
      sample: { project: 'shop' },
    })
  })
  afterAll(async () => {
    await hub.reconcile()
    await hub.stop()
    await receiver.close()
    await database.remove()
  })

  const shared = (url: string) => ({
    provider: 'webhook',
    name: 'Wall display',
    personal: false,
    destination: { url, bearer: 'hush-hush-token' },
    events: [{ type: 'build.failed' }],
  })

  it('sends one sample for each subscribed event type, and stores no event', async () => {
    const client = hub.client()
    receiver.respond(200)
    const saved = await client.connections.create(shared(`${receiver.url}/wall`))
    const result = await client.connections.test(saved.id)
    expect(result).toEqual({ id: saved.id, name: 'Wall display', ok: true, sent: ['build.failed'], failures: [] })
    expect(receiver.requests.at(-1)?.json()).toMatchObject({ type: 'build.failed', title: 'shop is red', test: true })
    expect((await client.events.list()).items).toEqual([])
    expect((await client.audit.list()).items).toContainEqual(expect.objectContaining({ action: 'connection.tested', target: saved.id }))
  })

  it('tests unsaved settings, with one general message when no type is named', async () => {
    receiver.respond(200)
    const result = await hub.client().connections.testUnsaved({ provider: 'webhook', name: 'Not yet', personal: false, destination: { url: receiver.url } })
    expect(result).toMatchObject({ id: null, ok: true, sent: ['test'] })
    expect((await hub.client().connections.list()).items.map(({ name }) => name)).toEqual(['Wall display'])
  })

  it('names the field to fix, without its secret, and counts for the health', async () => {
    const client = hub.client()
    const [saved] = (await client.connections.list()).items
    receiver.respond(({ headers }) => ({ status: 401, headers: { 'www-authenticate': String(headers.authorization) }, body: { error: headers.authorization } }))
    const refused = await client.connections.test(saved!.id)
    expect(receiver.requests.at(-1)!.headers.authorization).toBe('Bearer hush-hush-token')
    expect(refused).toMatchObject({ ok: false, sent: [], failures: [{ field: '/destination/bearer', severity: 'error', code: 'http_401' }] })
    const { health } = await client.connections.get(saved!.id)
    expect(health).toMatchObject({ failures: 1, lastError: refused.failures[0]!.message })
    expect(JSON.stringify([refused, health, (await client.audit.list()).items])).not.toContain('hush-hush-token')
    receiver.respond(410)
    await client.connections.test(saved!.id)
    expect((await client.connections.get(saved!.id)).health).toMatchObject({ failures: 2, lastError: expect.stringContaining('410') })
    receiver.respond(200)
    await client.connections.test(saved!.id)
    expect((await client.connections.get(saved!.id)).health.state).toBe('healthy')
  })

  it('reports the vendor’s message, without the secret that it repeats', async () => {
    const client = hub.client()
    const mail = await startSmtpReceiver({ password: 'hush-hush-password' })
    const settings = { ...smtpSettings(mail), username: 'office', password: 'hush-hush-password' }
    mail.refuse('mail', '530 5.7.0 Who says hush-hush-password may not write')
    const { id } = await client.connections.create({ provider: 'smtp', name: 'Office', personal: true, settings })
    const refused = await client.connections.test(id, { to: { address: 'ana@example.com' } })
    expect(refused.failures).toMatchObject([{ message: expect.stringContaining('Who says ******** may not write') }])
    const { health } = await client.connections.get(id)
    expect(JSON.stringify([refused, health, (await client.audit.list()).items])).not.toContain('hush-hush-password')
    await client.connections.delete(id)
    await mail.close()
  })

  it('tests a changed form of a saved connection: masks stand for stored secrets, but not for another server', async () => {
    const client = hub.client()
    const [saved] = (await client.connections.list()).items
    const form = { ...shared(receiver.url), id: saved!.id, name: 'Renamed' }
    expect(await client.connections.testUnsaved({ ...form, destination: { url: `${receiver.url}/wall`, bearer: '********' } })).toMatchObject({
      id: null,
      name: 'Renamed',
      ok: true,
    })
    expect(receiver.requests.at(-1)).toMatchObject({ path: '/wall', headers: { authorization: 'Bearer hush-hush-token' } })
    const before = receiver.requests.length
    await expect(
      client.connections.testUnsaved({ ...form, destination: { url: receiver.url.replace('127.0.0.1', '127.0.0.2'), bearer: '********' } }),
    ).rejects.toMatchObject({ code: 'invalid_field', errors: [{ pointer: '/destination/bearer' }] })
    expect(receiver.requests).toHaveLength(before)
    expect((await client.audit.list()).items[0]).toMatchObject({ action: 'connection.tested', target: 'unsaved', detail: { name: 'Renamed', ok: true } })
  })

  it('needs a recipient for a personal connection, unless the provider can verify its settings', async () => {
    const client = hub.client()
    const personal = await client.connections.create({ provider: 'webhook', name: 'People’s webhooks', personal: true })
    await expect(client.connections.test(personal.id)).rejects.toMatchObject({ code: 'invalid_field', errors: [{ pointer: '/to' }] })
    receiver.respond(200)
    expect(await client.connections.test(personal.id, { to: { url: `${receiver.url}/ana` } })).toMatchObject({ ok: true, sent: ['test'] })
    await expect(client.connections.test(personal.id, { to: { url: 'ftp://example.com' } })).rejects.toMatchObject({ errors: [{ pointer: '/to/url' }] })
    receiver.respond(401)
    const refused = await client.connections.test(personal.id, { to: { url: `${receiver.url}/ana` } })
    expect(refused.failures).toMatchObject([{ field: '/to/url', severity: 'error' }])
    receiver.respond(200)
    expect((await client.connections.testAll()).items).toMatchObject([
      { name: 'Wall display', ok: true },
      {
        name: 'People’s webhooks',
        ok: false,
        sent: [],
        failures: [{ field: '/to', severity: 'warning', code: 'not_tested', message: expect.stringContaining('by sending to somebody') }],
      },
    ])
  })

  it('does not count the failure of a person’s server against the connection', async () => {
    const client = hub.client()
    const personal = (await client.connections.list()).items.find(({ name }) => name === 'People’s webhooks')!
    receiver.respond(503)
    expect(await client.connections.test(personal.id, { to: { url: `${receiver.url}/ana` } })).toMatchObject({ ok: false })
    expect((await client.connections.get(personal.id)).health?.failures ?? 0).toBe(0)
    receiver.respond(200)
  })

  it('tests sixteen at a time, returns the results in their order, and starts none after a minute', async () => {
    const client = hub.client()
    clock.advance(61_000)
    receiver.respond(200)
    const slow = await startReceiver()
    const made: string[] = []
    for (let i = 0; i < 20; i++) made.push((await client.connections.create({ ...shared(slow.url), name: `Slow ${i}`, events: [{ type: '*' }] })).id)
    const { promise: open, resolve } = Promise.withResolvers<void>()
    slow.respond(async () => {
      if (slow.requests.length === 16) {
        clock.advance(61_000)
        resolve()
      }
      await open
      return 200
    })
    const { items } = await client.connections.testAll()
    const tried = items.filter(({ id }) => made.includes(id ?? ''))
    expect(tried.map(({ id }) => id)).toEqual(made)
    expect(tried.flatMap(({ ok, failures }) => (ok ? [] : failures.map(({ code }) => code)))).toEqual(Array(4).fill('not_tested'))
    expect(slow.requests).toHaveLength(16)
    expect((await client.connections.get(made.at(-1)!)).health?.failures ?? 0).toBe(0)
    for (const id of made) await client.connections.delete(id)
    await slow.close()
  })

  it('tests all connections, however many there are', async () => {
    const client = hub.client()
    clock.advance(61_000)
    receiver.respond(200)
    const { id } = await client.connections.create({ provider: 'webhook', name: 'Resting', personal: true, enabled: false })
    const { db } = hub.app.dialect
    const resting = await db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      ...resting,
      id: `con_${String(i).padStart(32, '0')}`,
      name: `Resting ${i}`,
      name_key: `resting ${i}`,
    }))
    for (let at = 0; at < rows.length; at += 100)
      await db
        .insertInto('connections')
        .values(rows.slice(at, at + 100))
        .execute()
    expect((await client.connections.testAll()).items.flatMap(({ name, ok }) => (ok ? [name] : []))).toEqual(['Wall display'])
    await db.deleteFrom('connections').where('name_key', 'like', 'resting%').execute()
  })

  it('is limited, because each test sends real messages', async () => {
    const client = hub.client()
    const [saved] = (await client.connections.list()).items
    clock.advance(61_000)
    receiver.respond(200)
    const tests: [path: string, body: object][] = [
      [`${saved!.id}/test`, {}],
      ['test', shared(receiver.url)],
      ['test-all', {}],
    ]
    const ask = ([path, body]: (typeof tests)[number]) =>
      fetch(`${hub.address}/v1/connections/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${hub.rootKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    // Twenty of all kinds in total.
    for (let i = 0; i < 20; i++) expect((await ask(tests[i % 3]!)).status).toBe(200)
    const before = receiver.requests.length
    for (const one of tests) {
      const answer = await ask(one)
      expect([one[0], answer.status, answer.headers.get('retry-after')]).toEqual([one[0], 429, '60'])
    }
    expect(receiver.requests).toHaveLength(before)
  })
})
