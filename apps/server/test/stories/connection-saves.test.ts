import { CarillonError, type ConnectionInput } from '@carillon/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, smtpSettings, type World } from './world.ts'

describe.each(engines)('saving connections (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true })
    await world.client().eventTypes.put('build.failed', { templates: { default: { title: 'Red' } } })
  })
  afterEach(async () => {
    for await (const { id } of world.client().connections.all()) await world.client().connections.delete(id)
    world.hooks.requests.length = 0
    world.clock.advance(61_000)
  })
  afterAll(async () => {
    await world.atRest()
    await world.stop()
  })

  const wall = (more: Partial<ConnectionInput> = {}): ConnectionInput => ({
    provider: 'webhook',
    name: 'Wall',
    personal: false,
    destination: { url: `${world.hooks.url}/wall` },
    events: [{ type: 'build.failed' }],
    ...more,
  })
  const saved = async () => (await world.client().connections.list()).items.map(({ name }) => name)
  const audited = async () => (await world.client().audit.list()).items.map(({ action, target }) => [action, target])

  it('without `personal`, is shared when it has a destination and else personal; a saved one stays as it is', async () => {
    const { connections } = world.client()
    const { personal: _, destination, ...unsaid } = wall()
    const shared = await connections.create({ ...unsaid, destination: destination ?? null })
    const personal = await connections.create({ provider: 'webhook', name: 'Webhooks' })
    expect([shared.personal, personal.personal]).toEqual([false, true])
    expect(await connections.put(shared.id, { ...unsaid, name: 'Moved', destination: { url: `${world.hooks.url}/moved` } })).toMatchObject({
      personal: false,
      destination: { url: `${world.hooks.url}/moved` },
    })
    expect(await connections.put(personal.id, { provider: 'webhook', name: 'Hooks' })).toMatchObject({ name: 'Hooks', personal: true })
    // A missing field does not change one kind into the other.
    expect(await refusal(connections.put(shared.id, unsaid))).toEqual({ status: 422, code: 'invalid_field', pointer: '/destination' })
    expect(await refusal(connections.put(personal.id, { ...unsaid, name: 'Hooks', destination: destination ?? null }))).toEqual({
      status: 422,
      code: 'invalid_field',
      pointer: '/destination',
    })
    world.hooks.respond(200)
    expect((await connections.testUnsaved({ ...unsaid, destination: destination ?? null })).sent).toEqual(['build.failed'])
    expect(world.hooksAt('/wall')).toHaveLength(1)
  })

  it('sends nothing by itself', async () => {
    await world.client().connections.create(wall())
    expect([await saved(), world.hooks.requests]).toEqual([['Wall'], []])
  })

  it('with test, sends the samples first and saves what was accepted', async () => {
    world.hooks.respond(200)
    const { id } = await world.client().connections.create(wall(), { test: true })
    expect(world.hooks.requests.map((request) => request.json())).toMatchObject([{ type: 'build.failed', test: true }])
    expect((await audited()).slice(0, 2)).toEqual([
      ['connection.tested', id],
      ['connection.created', id],
    ])
  })

  it('with test, does not save a refused connection, and names the field', async () => {
    world.hooks.respond(401)
    const refused = await refusal(world.client().connections.create(wall(), { test: true, force: true }))
    expect(refused).toEqual({ status: 422, code: 'connection_test_failed', pointer: '/destination/url' })
    expect(await saved()).toEqual([])
    expect((await audited())[0]).toEqual(['connection.tested', 'unsaved'])
  })

  it('with test, leaves a saved connection and its health unchanged when the new settings fail, and restores its health when they work', async () => {
    const { connections } = world.client()
    const { id } = await connections.create(wall())
    world.hooks.respond(503)
    await connections.test(id)
    const ill = await connections.get(id)
    expect(ill.health?.failures).toBe(1)
    await expect(connections.put(id, wall({ name: 'Moved', destination: { url: `${world.hooks.url}/moved` } }), { test: true })).rejects.toMatchObject({
      code: 'connection_test_failed',
    })
    expect(await connections.get(id)).toEqual(ill)
    world.hooks.respond(200)
    const mended = await connections.put(id, wall({ name: 'Moved' }), { test: true })
    expect([mended.name, mended.health?.failures ?? 0]).toEqual(['Moved', 0])
  })

  it('does not test a disabled connection, nor one that needs a recipient', async () => {
    const { connections } = world.client()
    await connections.create(wall({ enabled: false }), { test: true })
    const people = { provider: 'webhook', name: 'People', personal: true }
    expect(await refusal(connections.create(people, { test: true }))).toMatchObject({ code: 'invalid_field', pointer: '/query/test' })
    await connections.create({ provider: 'smtp', name: 'Mail', personal: true, settings: smtpSettings(world.mail) }, { test: true })
    expect(await saved()).toEqual(['Wall', 'Mail'])
    expect([world.hooks.requests, world.mail.mails]).toEqual([[], []])
  })

  it('sends nothing for a taken name, ignoring case and spaces', async () => {
    const { connections } = world.client()
    const { name } = await connections.create(wall({ name: '  Wall ' }))
    expect(name).toBe('Wall')
    expect(await refusal(connections.create(wall({ name: 'WALL' }), { test: true }))).toEqual({ status: 409, code: 'name_taken', pointer: '/name' })
    const both = await Promise.allSettled(['Door', 'door'].map((name) => connections.create(wall({ name }))))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(world.hooks.requests).toEqual([])
    const ids = (await connections.list()).items.map(({ id }) => id)
    const renamed = await Promise.allSettled(ids.map((id) => connections.put(id, wall({ name: 'Gate' }))))
    expect(renamed.map((one) => (one.status === 'fulfilled' ? one.value.name : one.reason.code)).sort()).toEqual(['Gate', 'name_taken'])
  })

  it('requires force for a connection with warnings', async () => {
    const { connections } = world.client()
    const push = (more: Partial<ConnectionInput> = {}) => ({
      provider: 'web_push',
      name: 'Push',
      personal: true,
      settings: { subject: 'mailto:bells@localhost' },
      ...more,
    })
    await expect(connections.create(push())).rejects.toMatchObject({
      status: 422,
      code: 'connection_warnings',
      errors: [{ pointer: '/settings/subject', severity: 'warning' }],
    })
    expect(await saved()).toEqual([])
    const { failures } = await connections.testUnsaved(push())
    expect(failures).toContainEqual(expect.objectContaining({ field: '/settings/subject', severity: 'warning' }))
    const { id } = await connections.create(push({ enabled: false }))
    expect(await refusal(connections.put(id, push()))).toMatchObject({ code: 'connection_warnings' })
    expect(await connections.put(id, push(), { force: true })).toMatchObject({ enabled: true, settings: { subject: 'mailto:bells@localhost' } })
    expect(await refusal(connections.put(id, push({ settings: { subject: 'nobody' } }), { force: true }))).toMatchObject({ code: 'invalid_field' })
  })

  it('warns of event types that are not registered', async () => {
    const { connections, eventTypes } = world.client()
    const { id, warnings } = await connections.create(wall({ events: [] }))
    expect(warnings).toMatchObject([{ pointer: '/events', severity: 'warning' }])
    world.hooks.respond(200)
    expect(await connections.test(id)).toMatchObject({ ok: true, failures: [] })
    const events = [{ type: 'deploy.done' }, { type: 'build.failed' }, { type: '*' }, { type: 'deploy.done', when: { ok: true } }]
    expect(await connections.patch(id, { events })).toMatchObject({
      unknownTypes: ['deploy.done'],
      warnings: [{ pointer: '/events/0/type' }, { pointer: '/events/3/type' }],
    })
    await eventTypes.put('deploy.done', { templates: { default: { title: 'Done' } } })
    expect(await connections.get(id)).toMatchObject({ unknownTypes: [], warnings: [] })
    await eventTypes.delete('deploy.done')
  })

  it('with PATCH, changes only the named fields and keeps secrets', async () => {
    const { connections } = world.client()
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    const { id, ...made } = await connections.create(wall({ destination: { url: `${world.hooks.url}/wall`, secret }, tags: ['ops'] }))
    const off = await connections.patch(id, { enabled: false, priority: 3 })
    expect(off).toEqual({ id, ...made, enabled: false, priority: 3, updatedAt: off.updatedAt, health: { ...made.health, state: 'off' } })
    world.hooks.respond(200)
    await connections.patch(id, { enabled: true }, { test: true })
    expect(world.hooks.requests[0]?.headers['webhook-signature']).toMatch(/^v1,/)
    expect(await refusal(connections.patch(id, { destination: { url: `${world.hooks.url}/elsewhere`, secret: '********' } }))).toMatchObject({
      code: 'invalid_field',
      pointer: '/destination/secret',
    })
    expect(await refusal(connections.patch(id, { name: ' ' }))).toMatchObject({ code: 'invalid_field', pointer: '/name' })
    expect(await refusal(connections.patch('con_none', { enabled: false }))).toMatchObject({ status: 404 })
    expect(await audited()).toContainEqual(['connection.updated', id])
  })

  it('with PUT, accepts the object from GET with changes', async () => {
    const { connections } = world.client()
    const shown = await connections.create(wall({ destination: { url: `${world.hooks.url}/wall`, bearer: 'hush' }, tags: ['ops'] }))
    const { updatedAt, ...saved } = await connections.put(shown.id, { ...shown, priority: 7 })
    const { updatedAt: before, ...rest } = shown
    expect([saved, updatedAt > before]).toEqual([{ ...rest, priority: 7 }, true])
    world.hooks.respond(200)
    expect(await connections.testUnsaved(shown)).toMatchObject({ ok: true, id: null })
    expect(world.hooks.requests.at(-1)?.headers.authorization).toBe('Bearer hush')
    expect(await refusal(connections.put(shown.id, { ...shown, id: 'con_other' }))).toEqual({ status: 422, code: 'invalid_field', pointer: '/id' })
    expect(await refusal(connections.put(shown.id, { ...shown, channel: 'sms' }))).toMatchObject({ pointer: '/channel' })
  })

  it('reports all errors of a form at once, in settings and destination', async () => {
    const { connections } = world.client()
    const wrong = { ...wall(), provider: 'ntfy', settings: { server: 'ftp://a.example', colour: 1 }, destination: { topic: 'a/b', url: 1 } }
    const error: unknown = await connections.create(wrong).catch((thrown: unknown) => thrown)
    if (!(error instanceof CarillonError)) throw new Error('it was not refused')
    expect(error).toMatchObject({ status: 422, code: 'invalid_field' })
    expect(error.errors.map(({ pointer }) => pointer).sort()).toEqual(['/destination/topic', '/destination/url', '/settings/colour', '/settings/server'])
  })

  it('accepts limits in place of the vendor’s, and shows both', async () => {
    const { connections, providers } = world.client()
    const limits = { concurrency: 2, rate: { count: 30, perSeconds: 60 } }
    const { id } = await connections.create(wall({ limits }))
    expect((await connections.patch(id, { priority: 3 })).limits).toEqual(limits)
    expect((await connections.patch(id, { limits: { concurrency: 9 } })).limits).toEqual({ concurrency: 9 })
    expect((await connections.put(id, wall())).limits).toBeNull()
    for (const [pointer, wrong] of [
      ['/limits/concurrency', { concurrency: 0 }],
      ['/limits/concurrency', { concurrency: 501 }],
      ['/limits/rate/count', { rate: { count: 100_001, perSeconds: 1 } }],
      ['/limits/rate/perSeconds', { rate: { count: 1, perSeconds: 86_401 } }],
    ] as const)
      expect(await refusal(connections.patch(id, { limits: wrong }))).toEqual({ status: 422, code: 'invalid_field', pointer })
    const known = Object.fromEntries((await providers.list()).items.map((provider) => [provider.id, provider.limits]))
    expect(known).toMatchObject({
      webhook: { concurrency: 128, rate: null },
      smtp: { concurrency: 5, rate: null },
      resend: { concurrency: 128, rate: { count: 2, perSeconds: 1, of: 'connection' } },
      slack: { concurrency: 128, rate: { count: 1, perSeconds: 1, of: 'destination' } },
    })
  })

  it('keeps every one of several concurrent changes', async () => {
    const { connections } = world.client()
    const { id } = await connections.create(wall())
    for (let i = 1; i <= 10; i++) {
      await Promise.all([connections.patch(id, { priority: i }), connections.patch(id, { tags: [`t${i}`] }), connections.patch(id, { minSeverity: 'error' })])
      expect(await connections.get(id), `round ${i}`).toMatchObject({ priority: i, tags: [`t${i}`], minSeverity: 'error' })
    }
  })

  it('responds with conflict when the connection was changed during its test', async () => {
    const { connections } = world.client()
    const { id } = await connections.create(wall())
    world.hooks.respond(async () => {
      await connections.patch(id, { tags: ['ops'] })
      return 200
    })
    expect(await refusal(connections.patch(id, { priority: 1 }, { test: true }))).toMatchObject({ status: 409, code: 'conflict' })
    expect(await connections.get(id)).toMatchObject({ priority: 0, tags: ['ops'] })
  })

  it('keeps the secrets when the default server is given explicitly', async () => {
    const { connections } = world.client()
    const mine = { provider: 'ntfy', name: 'Ours', personal: true }
    const { id, settings } = await connections.create({ ...mine, settings: { token: 'tk_1' } })
    expect(settings).toMatchObject({ server: 'https://ntfy.sh', token: '********' })
    expect(await connections.put(id, { ...mine, settings: { token: '********' } })).toMatchObject({ settings })
    const elsewhere = { ...mine, settings: { server: 'https://ntfy.example.com', token: '********' } }
    expect(await refusal(connections.put(id, elsewhere))).toMatchObject({ code: 'invalid_field', pointer: '/settings/token' })
  })

  it('accepts actions without a body', async () => {
    world.hooks.respond(200)
    const { id } = await world.client().connections.create(wall())
    const headers = { authorization: `Bearer ${world.rootKey}` }
    const tested = await fetch(`${world.address}/v1/connections/${id}/test`, { method: 'POST', headers })
    expect([tested.status, world.hooks.requests.length]).toEqual([200, 1])
    const push = await world
      .client()
      .connections.create({ provider: 'web_push', name: 'Browsers', personal: true, settings: { subject: 'mailto:ops@example.com' } })
    expect(push.warnings).toMatchObject([{ pointer: '/settings/publicKey' }])
    const made = await fetch(`${world.address}/v1/connections/${push.id}/actions/generate-vapid`, { method: 'POST', headers })
    expect([made.status, await made.json()]).toMatchObject([200, { settings: { publicKey: expect.any(String), privateKey: '********' }, warnings: [] }])
  })

  it('limits tests per minute', async () => {
    world.hooks.respond(200)
    const { id } = await world.client().connections.create(wall())
    for (let i = 0; i < 20; i++) await world.client().connections.put(id, wall(), { test: true })
    const url = `${world.address}/v1/connections/${id}?test=true`
    const headers = { authorization: `Bearer ${world.rootKey}`, 'content-type': 'application/json' }
    expect((await fetch(url, { method: 'PUT', headers, body: JSON.stringify(wall()) })).status).toBe(429)
    expect(world.hooks.requests).toHaveLength(20)

    const again = { method: 'POST', headers: { ...headers, 'idempotency-key': 'patient' }, body: JSON.stringify(wall({ name: 'Door' })) }
    const post = () => fetch(`${world.address}/v1/connections?test=true`, again)
    expect((await post()).status).toBe(429)
    world.clock.advance(61_000)
    expect((await post()).status, 'the same key, after the wait').toBe(201)
  })
})
