import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SECOND } from '../../src/domain/time.ts'
import { PRESENCE } from '../../src/queue/presence.ts'
import { codeOf } from '../../src/storage/delivery-states.ts'
import { engines } from '../setup/engines.ts'
import { away, breakConnections, fullDisk } from './storage-trouble.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

/** On the real clock: retries come due by themselves. */
const open = (engine: (typeof engines)[number], options: WorldOptions = {}) =>
  openWorld(engine, { clock: { now: Date.now, advance() {} }, ...options, env: { CARILLON_LEASE_SECONDS: '4', ...options.env } })

const TYPE = 'bell.rung'
/** Larger than the free space in the pages of a small file. */
const LARGE = 'x'.repeat(200_000)

/** At rest, a delivery that a failure put off is queued for later and not due: wait for that time too. */
async function everythingSent(world: World): Promise<void> {
  const unsent = () => world.app.dialect.db.selectFrom('deliveries').select(['id', 'state']).where('state', '<>', codeOf('sent')).execute()
  await world.atRest()
  await vi.waitFor(async () => expect(await unsent()).toEqual([]), { timeout: 60_000, interval: 100 })
  await world.atRest()
}

describe.each(engines)('storage failures on %s', (engine) => {
  let world: World
  let lines: string[]
  beforeEach(async () => {
    lines = []
    world = await open(engine, { log: (line) => void lines.push(line) })
    const { eventTypes } = world.client()
    await eventTypes.put(TYPE, { channels: { in_app: true, webhook: true }, templates: { default: { title: 'Bell {{ data.n }}', body: '{{ data.long }}' } } })
    await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
  })
  afterEach(() => world.stop())

  /** Sends as a client without the SDK does: one try. */
  const send = (method: string, path: string, body: object, key?: string) =>
    fetch(world.address + path, {
      method,
      headers: { authorization: `Bearer ${world.rootKey}`, 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      body: JSON.stringify(body),
    })
  const report = (n: number) => send('POST', '/v1/events', { type: TYPE, to: ['ana'], data: { n, filler: LARGE } }, `report ${n}`)

  it.each([
    ['disk full', fullDisk, 'storage_full', '10'],
    ['database unavailable', away, 'unavailable', '5'],
  ] as const)('%s: every route answers 503, and the same request succeeds afterwards', async (_what, how, code, wait) => {
    expect((await report(1)).status).toBe(202)
    await world.atRest()
    const trouble = how(engine, world)
    await trouble.begin()
    const refused = [
      await report(2),
      await send('POST', '/v1/events/batch', { events: [{ type: TYPE, to: ['ana'], data: { n: 3, filler: LARGE } }] }, 'batch'),
      await send('PUT', '/v1/users/bob', { name: 'Bob', data: { filler: 'x'.repeat(30_000) } }),
    ]
    for (const answer of refused) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, wait])
      expect(await answer.json()).toMatchObject({ code, status: 503 })
    }
    await trouble.end()
    expect((await report(2)).status).toBe(202)
    expect((await send('POST', '/v1/events/batch', { events: [{ type: TYPE, to: ['ana'], data: { n: 3, filler: LARGE } }] }, 'batch')).status).toBe(202)
    expect((await send('PUT', '/v1/users/bob', { name: 'Bob' })).status).toBeLessThan(300)
    await world.atRest()
    expect((await world.client('ana').inbox.list()).items.map(({ title }) => title).sort()).toEqual(['Bell 1', 'Bell 2', 'Bell 3'])
    expect(world.hooksAt('/ana')).toHaveLength(3)
    const metrics = await (await fetch(`${world.address}/metrics`, { headers: { authorization: `Bearer ${world.rootKey}` } })).text()
    expect(metrics).toContain(`carillon_events_refused_total{code="${code}"} 2`)
  })

  it.each([
    ['disk full', fullDisk],
    ['database unavailable', away],
  ] as const)('%s: planning and recording are retried, and nothing is lost', async (_what, how) => {
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    world.hooks.respond(async () => {
      await gate
      return 200
    })
    // One delivery is in flight and four events come due: their results are written while the storage fails.
    // Both writes need new pages of the file: a long text that does not compress, and many recipients.
    const long = randomBytes(10_000).toString('hex')
    const crowd = (n: number) => ['ana', ...Array.from({ length: 100 }, (_, i) => `person ${n} ${i}`)]
    expect((await send('POST', '/v1/events', { type: TYPE, to: ['ana'], data: { n: 1, long } })).status).toBe(202)
    await vi.waitFor(() => expect(world.hooksAt('/ana')).toHaveLength(1), { timeout: 20_000 })
    const soon = new Date(Date.now() + 2 * SECOND).toISOString()
    for (let n = 2; n <= 5; n++) expect((await send('POST', '/v1/events', { type: TYPE, to: crowd(n), data: { n }, sendAt: soon })).status).toBe(202)
    const trouble = how(engine, world)
    await trouble.begin()
    open()
    const failed = (what: string) => lines.filter((line) => line.includes(`"${what} failed"`) && line.includes('StorageFailure')).length
    await vi.waitFor(() => expect(Math.min(failed('fan-out'), failed('delivery'))).toBeGreaterThan(0), { timeout: 20_000 })
    await trouble.end()
    await vi.waitFor(async () => expect((await world.client('ana').inbox.list()).items).toHaveLength(5), { timeout: 40_000 })
    await everythingSent(world)
    expect(new Set(world.hooksAt('/ana').map(({ body }) => (JSON.parse(body) as { eventId: string }).eventId)).size).toBe(5)
    expect((await world.client().deliveries.list({ limit: 200 })).items).toHaveLength(5)
  })
})

describe.each(engines)('fatal storage failure on %s', (engine) => {
  it('acknowledges nothing from then on, exits once, and can still be closed', async () => {
    const ends: number[] = []
    const world = await open(engine, { exit: (code) => ends.push(code), env: { NODE_ENV: 'test', CARILLON_FAULT: 'ingest.before_commit@2=ioerr' } })
    const report = (n: number) =>
      fetch(`${world.address}/v1/notifications`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.rootKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ to: ['ana'], title: `Bell ${n}`, body: '' }),
      })
    expect((await report(1)).status).toBe(202)
    // Some are in the commit that fails, the others wait for later ones.
    const together = await Promise.all(Array.from({ length: 20 }, (_, n) => report(n + 2)))
    expect(new Set(together.map(({ status }) => status))).toEqual(new Set([503]))
    expect((await report(30)).status).toBe(503)
    expect(((await (await report(31)).json()) as { code: string }).code).toBe('unavailable')
    expect((await fetch(`${world.address}/health/ready`)).status).toBe(503)
    expect(ends).toEqual([74])
    await world.stop()
  })
})

describe('restart of PostgreSQL', () => {
  it(
    'reconnects the pool, LISTEN and the advisory lock of the node, and loses nothing',
    async () => {
      const world = await open('postgres')
      await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
      const other = new pg.Client({ connectionString: world.databaseUrl })
      other.on('error', () => {})
      const seen = vi.fn()
      let n = 0
      let over = false
      // Each report is repeated with its key until it is acknowledged.
      const reports = Array.from({ length: 4 }, async () => {
        while (!over) {
          const title = `Bell ${n++}`
          for (let answered = false; !answered; ) {
            answered = await world
              .client()
              .events.notify({ to: ['ana'], title, body: '' }, { idempotencyKey: title })
              .then(
                () => true,
                () => false,
              )
          }
          seen(title)
        }
      })
      for (let restarts = 0; restarts < 3; restarts++) {
        const before = seen.mock.calls.length
        await breakConnections(world.databaseUrl)
        await vi.waitFor(() => expect(seen.mock.calls.length).toBeGreaterThan(before + 10), { timeout: 20_000 })
      }
      over = true
      await Promise.all(reports)

      const { db } = world.app.dialect
      await vi.waitFor(
        async () => {
          const { rows } = await sql`select pid from pg_locks where locktype = 'advisory' and granted and classid = ${PRESENCE}
          and objid = ${world.app.queue.owner()}::bigint and database = (select oid from pg_database where datname = current_database())`.execute(db)
          expect(rows).toHaveLength(1)
        },
        { timeout: 20_000 },
      )
      // A notification from another session arrives through LISTEN.
      const listener = vi.fn()
      const stop = world.app.dialect.listen('told', listener)
      await other.connect()
      await vi.waitFor(
        async () => {
          await other.query("select pg_notify('told', '00000000 again')")
          expect(listener).toHaveBeenCalledWith('again')
        },
        { timeout: 20_000, interval: 100 },
      )
      stop()
      await other.end()

      await everythingSent(world)
      const titles = new Set<string>()
      for await (const { title } of world.client('ana').inbox.all({ limit: 200 })) titles.add(title)
      expect(titles).toEqual(new Set(Array.from({ length: n }, (_, i) => `Bell ${i}`)))
      await world.stop()
    },
    5 * 60 * SECOND,
  )
})
