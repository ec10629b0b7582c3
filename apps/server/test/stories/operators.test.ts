import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startSmtpReceiver } from '../../src/providers/testing/smtp-receiver.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, smtpSettings, statesOf, type World } from './world.ts'

describe.each(engines)('operator routes (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  const collect = async <T>(list: AsyncIterable<T>): Promise<T[]> => {
    const items: T[] = []
    for await (const item of list) items.push(item)
    return items
  }

  it('page long lists by cursor: each item once, in order, despite concurrent inserts', async () => {
    const hub = world.client()
    const ids = Array.from({ length: 450 }, (_, i) => `u${String(i).padStart(3, '0')}`)
    expect(await hub.users.putBatch(ids.map((id) => ({ id })))).toEqual({ created: 450, updated: 0 })
    expect(await hub.users.putBatch(ids.slice(0, 10).map((id) => ({ id, name: 'Named' })))).toEqual({ created: 0, updated: 10 })
    expect((await collect(hub.users.all({ limit: 200 }))).map(({ id }) => id)).toEqual(ids)
    expect((await hub.users.list()).items).toHaveLength(50)

    await hub.topics.put('all-of-them')
    await hub.topics.subscribe('all-of-them', ids)
    expect((await collect(hub.topics.allSubscribers('all-of-them', { limit: 200 }))).map(({ user }) => user)).toEqual(ids)
    const { id } = await hub.events.notify({ to: [{ topic: 'all-of-them' }], title: 'Long', body: '' })
    await world.atRest()
    const decisions = await collect(hub.events.decisions(id, { limit: 100 }))
    expect(decisions.filter(({ channel }) => channel === 'in_app').map(({ user }) => user)).toEqual(ids)
    expect(decisions).toHaveLength(450 * (await hub.channels.list()).items.length)
    expect((await hub.events.get(id)).notifications).toHaveLength(200)

    const reported = await hub.events.reportBatch(
      Array.from({ length: 250 }, (_, n) => ({ type: 'message', to: ['u000'], data: { title: `No. ${n}`, body: '' } })),
    )
    const expected = reported.items.map((item) => ('id' in item ? item.id : '')).reverse()
    const first = await hub.events.list({ type: 'message', limit: 200 })
    await hub.events.notify({ to: ['u001'], title: 'In between', body: '' })
    const second = await hub.events.list({ type: 'message', limit: 200, cursor: first.nextCursor! })
    expect([...first.items, ...second.items].map((event) => event.id)).toEqual([...expected, id])
    await world.atRest()
    expect(await collect(world.client('u000').inbox.all({ limit: 100 }))).toHaveLength(251)
  })

  it('return a result for each event of a batch', async () => {
    const good = { type: 'message', to: ['ana'], data: { title: 'Good', body: '' } }
    const { items } = await world
      .client()
      .events.reportBatch([
        good,
        { ...good, type: 'nothing.known' },
        { ...good, data: { title: 'No body' } },
        { ...good, to: [{ topic: 'nowhere' }] },
        { ...good, sendAt: '2030-01-02T00:00:00Z', expiresAt: '2030-01-01T00:00:00Z' },
        good,
      ])
    expect(items).toMatchObject([
      { id: expect.stringMatching(/^evt_/) },
      { error: { status: 422, code: 'unknown_event_type', errors: [{ pointer: '/type' }] } },
      { error: { status: 422, code: 'invalid_data', errors: [{ pointer: '/data/body' }] } },
      { error: { status: 422, code: 'unknown_topic', errors: [{ pointer: '/to/0/topic' }] } },
      { error: { status: 422, code: 'invalid_field', errors: [{ pointer: '/expiresAt' }] } },
      { id: expect.stringMatching(/^evt_/) },
    ])
  })

  it('list deliveries, count with dryRun, and retry dead letters', async () => {
    const hub = world.client()
    for (const user of ['r1', 'r2', 'r3']) await world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${user}` })
    world.hooks.respond(400)
    const { id } = await hub.events.notify({ to: ['r1', 'r2', 'r3'], title: 'Refused', body: '' })
    await world.atRest()
    const failed = await collect(hub.deliveries.all({ status: 'failed', event: id, limit: 2 }))
    expect(failed.map(({ recipient }) => recipient).sort()).toEqual(['r1', 'r2', 'r3'])
    expect((await hub.deliveries.list({ user: 'r2' })).items).toMatchObject([
      { eventId: id, state: 'failed', errorCode: expect.any(String), error: expect.stringContaining('400') },
    ])
    expect((await hub.deliveries.list({ connection: failed[0]!.connection!, event: id })).items).toHaveLength(3)

    expect(await hub.deliveries.retryAll({ event: id, dryRun: true })).toEqual({ retried: 3, dryRun: true })
    expect(await refusal(hub.deliveries.retryAll({ connection: 'con_misspelt' }))).toEqual({ status: 422, code: 'invalid_field', pointer: '/connection' })
    expect(Object.values(await statesOf(hub, id))).toEqual(['failed', 'failed', 'failed'])
    world.hooks.respond(200)
    const one = await hub.deliveries.retry(failed[0]!.id)
    await world.atRest()
    expect(await hub.deliveries.get(one.id)).toMatchObject({
      state: 'sent',
      attempts: 2,
      history: [
        { n: 1, outcome: 'failed', status: 400 },
        { n: 2, outcome: 'sent' },
      ],
    })
    expect(await hub.deliveries.retryAll({ event: id })).toEqual({ retried: 2, dryRun: false })
    await world.atRest()
    expect(Object.values(await statesOf(hub, id))).toEqual(['sent', 'sent', 'sent'])
    expect(
      world.hooksAt('/r1').map(({ headers }) => headers['webhook-id']),
      'the same delivery both times',
    ).toEqual(Array.from({ length: 2 }, () => failed.find(({ recipient }) => recipient === 'r1')!.id))
    expect(await refusal(hub.deliveries.retry(one.id))).toMatchObject({ status: 409, code: 'not_retryable' })
    expect(await refusal(hub.events.cancel(id))).toMatchObject({ status: 409, code: 'not_cancellable' })
  })

  it('retry waiting deliveries at once, and those suppressed because the destination was gone', async () => {
    const hub = world.client()
    const me = world.client('r5').me
    await me.putDestination('webhook', { url: `${world.hooks.url}/r5` })
    world.hooks.respond(503)
    const { id } = await hub.events.notify({ to: ['r5'], channels: ['webhook'], title: 'Hello', body: '' })
    await world.atRest()
    const [waiting] = (await hub.deliveries.list({ event: id, status: 'queued' })).items
    expect(waiting).toMatchObject({ attempts: 1 })
    expect(await hub.deliveries.retryAll({ event: id, status: 'queued', dryRun: true })).toEqual({ retried: 1, dryRun: true })
    world.hooks.respond(410)
    expect((await hub.deliveries.retry(waiting!.id)).dueAt).toBe(new Date(world.clock.now()).toISOString())
    await world.atRest()
    expect(await hub.deliveries.get(waiting!.id)).toMatchObject({ state: 'failed', attempts: 2 })
    await hub.deliveries.retry(waiting!.id)
    await world.atRest()
    expect(await hub.deliveries.get(waiting!.id)).toMatchObject({ state: 'suppressed', errorCode: 'destination_gone' })
    await me.putDestination('webhook', { url: `${world.hooks.url}/r5-mended` })
    world.hooks.respond(200)
    await hub.deliveries.retry(waiting!.id)
    await world.atRest()
    expect(await hub.deliveries.get(waiting!.id)).toMatchObject({ state: 'sent', attempts: expect.any(Number) })
    expect(world.hooksAt('/r5-mended')).toHaveLength(1)
  })

  it('cancel waiting deliveries, and retry them', async () => {
    const hub = world.client()
    await world.client('r4').me.putDestination('webhook', { url: `${world.hooks.url}/r4` })
    world.hooks.respond(503)
    const { id } = await hub.events.notify({ to: ['r4'], title: 'Waiting', body: '' })
    await world.atRest()
    expect(await hub.events.cancel(id)).toEqual({ cancelled: 1 })
    world.hooks.respond(200)
    world.clock.advance(60_000)
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ 'r4 webhook': 'cancelled' })
    expect(world.hooksAt('/r4')).toHaveLength(1)
    expect(await hub.deliveries.retryAll({ status: 'cancelled', event: id })).toEqual({ retried: 1, dryRun: false })
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ 'r4 webhook': 'sent' })
  })

  it('repeat a POST with the same idempotency key and get the first response, including secrets', async () => {
    const hub = world.client()
    const post = (path: string, body: object, key: string) =>
      fetch(world.address + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.rootKey}`, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      })
    for (const [path, body, status] of [
      ['/v1/keys', { name: 'Once', scopes: ['read'] }, 201],
      ['/v1/users/batch', { users: [{ id: 'once' }] }, 200],
      ['/v1/connections', { provider: 'webhook', name: 'Once', personal: true, enabled: false }, 201],
      ['/v1/notifications', { to: ['once'], title: 'Once', body: '' }, 202],
      ['/v1/events/batch', { events: [{ type: 'message', to: ['once'], data: { title: 'Twice', body: '' } }] }, 202],
      ['/v1/users/once/tokens', {}, 201],
    ] as const) {
      const [first, again] = [await post(path, body, `key of ${path}`), await post(path, body, `key of ${path}`)]
      expect([first.status, again.status, first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')], path).toEqual([
        status,
        status,
        null,
        'true',
      ])
      expect(await again.text()).toBe(await first.text())
      const other = await post(path, { ...body, extra: 1 }, `key of ${path}`)
      expect(other.status, path).toBeGreaterThanOrEqual(400)
    }
    await world.atRest()
    expect((await hub.keys.list()).items.filter(({ name }) => name === 'Once')).toHaveLength(1)
    expect((await collect(hub.connections.all())).filter(({ name }) => name === 'Once')).toHaveLength(1)
    expect((await world.client('once').inbox.list()).items.map(({ title }) => title).sort()).toEqual(['Once', 'Twice'])
  })

  it('mask a secret, keep it when the mask is sent back, and never send it to another server', async () => {
    const hub = world.client()
    const mail = await startSmtpReceiver({ password: 'the one password' })
    const input = {
      provider: 'smtp',
      name: 'Signed in',
      settings: { ...smtpSettings(mail), username: 'hub', password: 'the one password' },
      personal: true,
      priority: -0,
    }
    for (const { id, channel } of (await hub.connections.list()).items) if (channel === 'email') await hub.connections.delete(id)
    const made = await hub.connections.create(input)
    expect(made.settings['password']).toBe('********')
    expect(await hub.connections.put(made.id, { ...input, name: 'Renamed', settings: made.settings })).toMatchObject({
      name: 'Renamed',
      settings: { password: '********' },
    })
    await hub.events.notify({ to: [{ user: 'kim', email: 'kim@example.com' }], title: 'Signed', body: '' })
    await world.atRest()
    expect(mail.mails).toMatchObject([{ user: 'hub', to: ['kim@example.com'] }])
    expect(await refusal(hub.connections.put(made.id, { ...input, settings: { ...made.settings, host: 'evil.example' } }))).toEqual({
      status: 422,
      code: 'invalid_field',
      pointer: '/settings/password',
    })
    expect(JSON.stringify([await hub.connections.list(), await hub.audit.list()])).not.toContain('the one password')
    const stored = await world.app.dialect.db.selectFrom('connections').select('settings').where('id', '=', made.id).executeTakeFirstOrThrow()
    expect(stored.settings).toContain('v1.')
    expect(stored.settings).not.toContain('the one password')
    expect(await refusal(hub.connections.create({ ...input, name: 'RENAMED' }))).toMatchObject({ status: 409, code: 'name_taken', pointer: '/name' })
    await mail.close()
  })
})
