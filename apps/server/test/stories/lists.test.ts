import type { Decision, TraceFilter } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE, toIso } from '../../src/domain/time.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, type World } from './world.ts'

const message = { title: 'Build failed', body: '' }

async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of list) items.push(item)
  return items
}

describe.each(engines)('filters of lists (%s)', (engine) => {
  let world: World
  let event: string
  let trace: Decision[]
  beforeAll(async () => {
    world = await openWorld(engine)
    const hub = world.client()
    for (const id of ['ana', 'ben', 'cem']) await hub.users.put(id, { email: `${id}@example.com` })
    await hub.users.put('gone', { active: false })
    await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
    await world.client('ben').me.putRouting({ routes: { message: { email: false } } })
    for (const [name, tags] of [
      ['Rooms', ['ops']],
      ['Halls', []],
    ] as const)
      await hub.connections.create({
        provider: 'webhook',
        name,
        personal: false,
        destination: { url: `${world.hooks.url}/${name}` },
        events: [{ type: '*' }],
        tags: [...tags],
      })
    const { id } = await hub.events.notify({ to: ['ana', 'ben', 'cem', 'gone', { email: 'office@example.com' }], ...message })
    event = id
    await world.atRest()
    trace = await collect(hub.events.decisions(event))
  })
  afterAll(() => world.stop())

  it('the trace: each filter, and all of them together, give what filtering the whole gives, in pages of any size', async () => {
    const seen = (of: (one: Decision) => string | null | undefined) => [...new Set(trace.flatMap((one) => of(one) ?? []))]
    const recipients = seen(({ user, address, connection }) => user ?? address ?? connection)
    expect(recipients.length).toBeGreaterThanOrEqual(6)
    const filters: TraceFilter[] = [
      ...recipients.map((recipient) => ({ recipient })),
      ...seen(({ user }) => user).map((user) => ({ user })),
      ...['email', 'EMAIL', 'webhook', 'in_app', 'ntfy', 'in', 'mail'].map((channel) => ({ channel })),
      ...(['deliver', 'hold', 'skip'] as const).map((decision) => ({ decision })),
      ...trace
        .map(({ reason }) => reason)
        .filter((reason, i, all) => all.indexOf(reason) === i)
        .map((reason) => ({ reason })),
    ]
    const both = filters.flatMap((first) => filters.map((second) => ({ ...first, ...second })))
    // Pairs of a channel with a decision or a reason share one text in the database; three at once do too.
    const triples: TraceFilter[] = trace.slice(0, 20).map(({ channel, decision, reason }) => ({ ...(channel !== null && { channel }), decision, reason }))
    for (const filter of [...filters, ...both.filter((_, i) => i % 3 === 0), ...triples]) {
      const expected = trace.filter(
        (one) =>
          [undefined, one.user ?? one.address ?? one.connection].includes(filter.recipient) &&
          [undefined, one.user].includes(filter.user) &&
          (one.channel === null || [undefined, one.channel].includes(filter.channel)) &&
          [undefined, one.decision].includes(filter.decision) &&
          [undefined, one.reason].includes(filter.reason),
      )
      expect(await collect(world.client().events.decisions(event, { ...filter, limit: 2 })), JSON.stringify(filter)).toEqual(expected)
    }
  })

  it('the trace: folded, it has a line for each decision that is no skip and each reason to skip, and loses no channel', async () => {
    const lines = await collect(world.client().events.decisions(event, { fold: true, limit: 1 }))
    const of = (who: string, all: Decision[]) => all.filter(({ user }) => user === who)
    expect(of('ana', trace).length).toBeGreaterThan(25)
    const kinds = of('ana', trace).map(({ channel, decision, reason }) => `${decision === 'skip' ? '' : channel} ${reason}`)
    expect(of('ana', lines)).toHaveLength(new Set(kinds).size)
    expect(of('ana', lines).length).toBeLessThan(6)
    const unfolded = lines.flatMap(({ channels, ...one }) => (channels ?? [one.channel]).map((channel) => ({ ...one, channel })))
    const key = (one: Decision) => JSON.stringify([one.user, one.address, one.connection, one.channel, one.decision, one.reason, one.detail])
    expect(unfolded.map(key).sort()).toEqual(trace.map(key).sort())
  })

  it('explain takes the same filters', async () => {
    const hub = world.client()
    const report = { type: 'message', to: ['ana', 'ben'], data: message }
    const whole = (await hub.events.explain(report)).items
    const some = (await hub.events.explain(report, { user: 'ben', channel: 'email' })).items
    expect(some).toMatchObject([{ user: 'ben', channel: 'email', decision: 'skip', reason: 'route_off' }])
    expect((await hub.events.explain(report, { fold: true })).items.length).toBeLessThan(whole.length / 3)
  })

  it('deliveries: by channel, connection, event, recipient, state and time, alone and together', async () => {
    const hub = world.client()
    world.clock.advance(10 * MINUTE)
    const middle = toIso(world.clock.now())
    const { id: later } = await hub.events.notify({ to: ['ana', 'cem'], ...message })
    await world.atRest()
    const all = await collect(hub.deliveries.all())
    const ids = (deliveries: { id: string }[]) => deliveries.map(({ id }) => id)
    const some = async (query: Parameters<typeof hub.deliveries.all>[0]) => ids(await collect(hub.deliveries.all({ ...query, limit: 2 })))
    const old = all.filter(({ eventId }) => eventId === event)
    expect(await some({ since: middle })).toEqual(ids(all.filter(({ eventId }) => eventId === later)))
    expect(await some({ until: middle })).toEqual(ids(old))
    expect(await some({ since: middle, until: toIso(world.clock.now() + 1), channel: 'webhook', user: 'ana' })).toHaveLength(1)
    for (const channel of ['email', 'webhook', 'ntfy']) expect(await some({ channel })).toEqual(ids(all.filter((one) => one.channel === channel)))
    for (const { connection, recipient, state } of all) {
      expect(await some({ recipient, state })).toEqual(ids(all.filter((one) => one.recipient === recipient && one.state === state)))
      expect(await some({ connection: connection!, event })).toEqual(ids(old.filter((one) => one.connection === connection)))
    }
    expect(await some({ state: 'sent', status: 'sent' })).toEqual(await some({ status: 'sent' }))
    expect(await refusal(hub.deliveries.list({ state: 'sent', status: 'failed' }))).toEqual({ status: 422, code: 'invalid_field', pointer: '/query/status' })
  })

  it('deliveries: a bulk retry takes the filters of the list', async () => {
    const hub = world.client()
    world.clock.advance(10 * MINUTE)
    const since = toIso(world.clock.now())
    world.hooks.respond(400)
    await hub.events.notify({ to: ['ana'], ...message })
    await world.atRest()
    world.hooks.respond(200)
    const failed = (await hub.deliveries.list({ state: 'failed', channel: 'webhook', since })).items.length
    expect(failed).toBeGreaterThan(0)
    expect(await hub.deliveries.retryAll({ channel: 'webhook', since, dryRun: true })).toEqual({ retried: failed, dryRun: true })
    expect((await hub.deliveries.retryAll({ channel: 'email', since, dryRun: true })).retried).toBe(0)
    expect((await hub.deliveries.retryAll({ recipient: 'ben', since, dryRun: true })).retried).toBe(0)
    expect((await hub.deliveries.retryAll({ until: since, dryRun: true })).retried).toBe(0)
    expect(await hub.deliveries.retryAll({ channel: 'webhook', since })).toEqual({ retried: failed, dryRun: false })
    await world.atRest()
  })

  it('events and the audit log: by time; the audit log by actor, action and target', async () => {
    const hub = world.client()
    world.clock.advance(10 * MINUTE)
    const since = toIso(world.clock.now())
    const { id } = await hub.events.notify({ to: ['ben'], ...message })
    await hub.topics.put('audited')
    expect((await collect(hub.events.all({ since, type: 'message' }))).map((one) => one.id)).toEqual([id])
    const until = (await collect(hub.events.all({ until: since }))).map((one) => one.id)
    expect([until.includes(id), until.includes(event)]).toEqual([false, true])
    const entry = { actor: 'key:root', action: 'topic.put', target: 'audited' }
    expect(await collect(hub.audit.all({ since }))).toMatchObject([entry])
    expect(await collect(hub.audit.all(entry))).toMatchObject([entry])
    for (const other of [{ actor: 'key:none' }, { action: 'topic.deleted' }, { target: 'nobody' }, { until: since }])
      expect((await collect(hub.audit.all({ target: 'audited', ...other }))).filter(({ target }) => target === 'audited')).toEqual([])
    expect((await collect(hub.audit.all({ until: since }))).every(({ target }) => target !== 'audited')).toBe(true)
  })

  it('refuse a period that ends before it begins, a time without an offset, and an unknown decision or reason, by name', async () => {
    const hub = world.client()
    const period = { since: '2026-01-02T00:00:00Z', until: '2026-01-02T00:00:00Z' }
    for (const list of [() => hub.deliveries.list(period), () => hub.events.list(period), () => hub.audit.list(period)])
      expect(await refusal(list())).toEqual({ status: 422, code: 'invalid_field', pointer: '/query/until' })
    expect(await refusal(hub.deliveries.retryAll(period))).toEqual({ status: 422, code: 'invalid_field', pointer: '/until' })
    expect(await refusal(hub.deliveries.list({ since: '2026-01-02T00:00:00' }))).toMatchObject({ status: 422, pointer: '/query/since' })
    const get = async (query: string) =>
      (await fetch(`${world.address}/v1/events/${event}/trace?${query}`, { headers: { authorization: `Bearer ${world.rootKey}` } })).status
    expect([await get('decision=maybe'), await get('reason=none'), await get('fold=yes'), await get('channel=a%20b'), await get('user=con_1')]).toEqual([
      422, 422, 400, 422, 422,
    ])
  })
})
