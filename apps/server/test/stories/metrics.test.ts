import { readFile } from 'node:fs/promises'
import { createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/domain/time.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, type World } from './world.ts'

describe.each(engines)('metrics (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    world.clock.advance(15 * MINUTE)
  })
  afterAll(() => world.stop())

  /** Every sample: `name{labels}` -> value. */
  async function read(): Promise<Record<string, number>> {
    const lines = (await world.client().health.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    for (const line of lines) expect(line).toMatch(/^carillon_[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+$/)
    return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
  }
  const keyed = async (scope: 'metrics' | 'read') =>
    createClient({ baseUrl: world.address, token: (await world.client().keys.create({ name: scope, scopes: [scope] })).key })

  it('need a key with the scope metrics, which permits nothing else', async () => {
    expect((await fetch(`${world.address}/metrics`)).status).toBe(401)
    expect(await refusal((await keyed('read')).health.metrics())).toMatchObject({ status: 403, code: 'forbidden' })
    const collector = await keyed('metrics')
    expect(await collector.health.metrics()).toContain('# TYPE carillon_deliveries_total counter')
    expect(await refusal(collector.events.list())).toMatchObject({ status: 403, code: 'forbidden' })
    const answer = await fetch(`${world.address}/metrics`, { headers: { authorization: `Bearer ${world.rootKey}` } })
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  })

  it('are all documented, and no others are', async () => {
    const served = [...(await world.client().health.metrics()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
    const page = await readFile(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
    const documented = [...page.matchAll(/^\| `(carillon_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`)
    expect(served.sort()).toEqual(documented.sort())
  })

  it('count what was accepted, refused, planned, tried and ended', async () => {
    const hub = world.client()
    const before = await read()
    const report = { type: 'message', to: [{ user: 'ana', email: 'ana@example.com' }, { user: 'ben' }], data: { title: 'Hello', body: '' } }
    await hub.events.report(report, { idempotencyKey: 'once' })
    await hub.events.report(report, { idempotencyKey: 'once' })
    await hub.events.reportBatch([report, { ...report, type: 'nothing.known' }])
    await refusal(hub.events.report({ ...report, type: 'nothing.known' }))
    await world.atRest()
    await world.client('ben').me.putDestination('webhook', { url: `${world.hooks.url}/ben` })
    world.hooks.respond(400)
    await hub.events.report(report)
    await hub.topics.put('nobody')
    await hub.events.report({ ...report, to: [{ topic: 'nobody' }] }) // a task, unlike the others
    await world.atRest()
    const after = await read()
    const grew = (name: string) => (after[name] ?? 0) - (before[name] ?? 0)
    expect(
      Object.fromEntries(
        [
          'carillon_events_accepted_total',
          'carillon_idempotent_replays_total',
          'carillon_events_refused_total{code="unknown_event_type"}',
          'carillon_notifications_planned_total',
          'carillon_deliveries_planned_total{channel="email"}',
          'carillon_deliveries_total{channel="email",provider="smtp",outcome="sent"}',
          'carillon_deliveries_total{channel="webhook",provider="webhook",outcome="failed"}',
          'carillon_delivery_attempts_total{channel="email",provider="smtp",outcome="sent"}',
          'carillon_delivery_duration_seconds_bucket{channel="email",provider="smtp",le="+Inf"}',
          'carillon_delivery_end_to_end_seconds_count{channel="email"}',
          'carillon_dead_letters',
        ].map((name) => [name, grew(name)]),
      ),
    ).toEqual({
      carillon_events_accepted_total: 4,
      carillon_idempotent_replays_total: 1,
      'carillon_events_refused_total{code="unknown_event_type"}': 2,
      carillon_notifications_planned_total: 6,
      'carillon_deliveries_planned_total{channel="email"}': 3,
      'carillon_deliveries_total{channel="email",provider="smtp",outcome="sent"}': 3,
      'carillon_deliveries_total{channel="webhook",provider="webhook",outcome="failed"}': 1,
      'carillon_delivery_attempts_total{channel="email",provider="smtp",outcome="sent"}': 3,
      'carillon_delivery_duration_seconds_bucket{channel="email",provider="smtp",le="+Inf"}': 3,
      'carillon_delivery_end_to_end_seconds_count{channel="email"}': 3,
      carillon_dead_letters: 1,
    })
    expect(after['carillon_ingest_commit_duration_seconds_count']).toBeGreaterThan(0)
    expect(after['carillon_fan_out_duration_seconds_count']).toBeGreaterThan(0)
    expect(after['carillon_process_resident_memory_bytes']).toBeGreaterThan(0)
    expect(JSON.stringify(Object.keys(after))).not.toMatch(/ana|ben|evt_|127\.0\.0\.1/)
  })

  it('show a blocked connection and its waiting deliveries, but not as a delay of the hub', async () => {
    const hub = world.client()
    const mail = () => hub.events.notify({ to: [{ user: 'cyd', email: 'cyd@example.com' }], channels: ['email'], title: 'Mail', body: '' })
    const shows = (what: string, holds: (now: Record<string, number>) => boolean) => world.see(what, async () => holds(await read()))
    const office = '{connection="Office mail",provider="smtp",channel="email"}'
    world.mail.refuse('mail', '421 4.3.2 Not now')
    await mail()
    await shows('the first failure', (now) => (now['carillon_delivery_attempts_total{channel="email",provider="smtp",outcome="retry"}'] ?? 0) > 0)
    expect(await read()).toMatchObject({ [`carillon_connection_blocked${office}`]: 0, [`carillon_connection_level${office}`]: 0 })
    world.clock.advance(5 * MINUTE)
    await shows(
      'the block',
      (now) => now[`carillon_connection_blocked${office}`] === 1 && now['carillon_health_issue{source="connections.email",level="error"}'] === 1,
    )
    await mail()
    world.clock.advance(MINUTE)
    await shows('what waits', (now) => now['carillon_queue_depth{queue="deliveries",state="held"}'] === 2)
    expect(await read()).toMatchObject({
      'carillon_queue_depth{queue="deliveries",state="queued"}': 0,
      [`carillon_connection_level${office}`]: 1,
      'carillon_queue_oldest_age_seconds{queue="deliveries"}': 0,
    })
  })
})
