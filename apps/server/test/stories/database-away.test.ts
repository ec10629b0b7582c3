import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@carillon/client'
import { expect, it, onTestFinished, vi } from 'vitest'
import { startReceiver } from '../../src/providers/testing/receiver.ts'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { startHubProcess } from '../chaos/hub-process.ts'
import { startPostgres } from '../setup/postgres.ts'
import { until } from './world.ts'

/** `npm run chaos` sets ten. */
const OUTAGES = Number(process.env['CHAOS_OUTAGES'] ?? 2)
const TYPE = 'bell.rung'

/** Routes of every kind: answered from memory, by a read, by a write, and without any key. */
const ROUTES: [method: string, path: string, body?: object][] = [
  ['GET', '/v1/events'],
  ['GET', '/v1/users/ana'],
  ['PUT', '/v1/users/ben', { name: 'Ben' }],
  ['POST', '/v1/notifications', { to: ['nobody'], title: 'Hello', body: '' }],
  ['POST', '/v1/explain', { type: TYPE, to: ['ana'], data: { n: 0 } }],
  ['GET', '/v1/deliveries'],
  ['GET', '/v1/connections'],
  ['GET', '/v1/health'],
  ['GET', '/v1/keys'],
  ['GET', '/metrics'],
]

it(
  'PostgreSQL is stopped and started again and again under load: no answer 500, nothing lost, nothing doubled by the hub, and the hub lives',
  async () => {
    const server = await startPostgres()
    onTestFinished(server.stop)
    const folder = await mkdtemp(join(tmpdir(), 'carillon-away-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const receiver = await startReceiver()
    onTestFinished(receiver.close)
    const hub = startHubProcess({ databaseUrl: server.url, dataDir: folder, env: { CARILLON_LEASE_SECONDS: '4' } })
    onTestFinished(() => hub.signal('SIGKILL'))
    const address = await hub.address
    const client = createClient({ baseUrl: address, token: TEST_ROOT_KEY })
    await client.connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
    await client.eventTypes.put(TYPE, { channels: { in_app: true, webhook: true }, templates: { default: { title: 'Bell {{ data.n }}' } } })
    await client.users.put('ana', {})
    await createClient({ baseUrl: address, token: TEST_ROOT_KEY, user: 'ana' }).me.putDestination('webhook', { url: `${receiver.url}/ana` })

    let over = false
    let n = 0
    /** Ids by the number of the event; each report is repeated by the SDK until it is answered. */
    const accepted = new Map<number, string>()
    const reporters = Array.from({ length: 4 }, async () => {
      while (!over) {
        const mine = n++
        const { id } = await client.events.report({ type: TYPE, to: ['ana'], data: { n: mine } }, { idempotencyKey: randomUUID() })
        accepted.set(mine, id)
      }
    })
    const answers = new Map<string, number>()
    const wrong: string[] = []
    const probers = Array.from({ length: 2 }, async (_, first) => {
      for (let i = first; !over; i++) {
        const [method, path, body] = ROUTES[i % ROUTES.length]!
        const answer = await fetch(address + path, {
          method,
          headers: { authorization: `Bearer ${TEST_ROOT_KEY}`, ...(body && { 'content-type': 'application/json' }) },
          ...(body && { body: JSON.stringify(body) }),
        })
        const text = await answer.text()
        answers.set(`${answer.status}`, (answers.get(`${answer.status}`) ?? 0) + 1)
        if (answer.status < 300) continue
        const waits = Number(answer.headers.get('retry-after'))
        if (answer.status !== 503 || !(waits > 0) || !text.includes('"unavailable"')) wrong.push(`${method} ${path}: ${answer.status} ${text.slice(0, 200)}`)
      }
    })

    for (let outage = 0; outage < OUTAGES; outage++) {
      const [before, refusals] = [accepted.size, answers.get('503') ?? 0]
      await vi.waitFor(() => expect(accepted.size).toBeGreaterThan(before + 20), { timeout: 60_000 })
      await server.halt(outage % 2 === 0 ? 'fast' : 'immediate')
      await until(() => (answers.get('503') ?? 0) > refusals + 10, 'ten refusals')
      expect((await fetch(`${address}/health/live`)).status).toBe(200)
      await until(async () => (await fetch(`${address}/health/ready`)).status === 503, 'a hub that is not ready')
      await server.resume()
      await vi.waitFor(async () => expect((await fetch(`${address}/health/ready`)).status).toBe(200), { timeout: 30_000 })
    }
    over = true
    await Promise.all([...reporters, ...probers]).catch((error: unknown) => {
      throw new Error(`the load ended early:\n${hub.log().slice(-3000)}`, { cause: error })
    })
    expect(wrong).toEqual([])
    expect(hub.hasEnded()).toBe(false)

    const told = () => new Set(receiver.requests.map(({ body }) => (JSON.parse(body) as { eventId: string }).eventId))
    // A claim whose answer was lost is taken back when its lease ends.
    await vi.waitFor(() => expect([...accepted.values()].filter((id) => !told().has(id))).toEqual([]), { timeout: 60_000, interval: 100 })
    expect(new Set(accepted.values()).size).toBe(n)
    // Whoever got an event twice got the same message, which says so by its id.
    const ids = new Map(receiver.requests.map(({ headers, body }) => [(JSON.parse(body) as { eventId: string }).eventId, String(headers['webhook-id'])]))
    expect(receiver.requests.filter(({ headers, body }) => ids.get((JSON.parse(body) as { eventId: string }).eventId) !== headers['webhook-id'])).toEqual([])
    const titles: string[] = []
    for await (const { title } of createClient({ baseUrl: address, token: TEST_ROOT_KEY, user: 'ana' }).inbox.all({ limit: 200 })) titles.push(title)
    expect(titles.sort()).toEqual(Array.from({ length: n }, (_, i) => `Bell ${i}`).sort())
    // The log stays readable: a line for each kind of work and minute, not one for each try.
    expect(
      hub
        .log()
        .split('\n')
        .filter((line) => line.includes('"level":"error"')).length,
    ).toBeLessThan(100)

    hub.signal('SIGTERM')
    expect(await hub.ended).toEqual({ code: 0, signal: null })
  },
  10 * 60_000,
)
