import { randomBytes, randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { startChild } from '../lib/child.ts'
import { createDatabase, type Database } from '../lib/database.ts'
import type { Figure, Row } from '../lib/figure.ts'
import { hubEnv, startHub } from '../lib/hub.ts'
import { percentile } from '../lib/percentile.ts'
import { setScene, single } from '../lib/scene.ts'
import { known, seed, withDialect } from '../lib/seed.ts'

const CONNECTIONS = 50
const ROUNDS = 3
const SECONDS = 3
/** Idempotency keys of the last day of a busy application. */
const KEYS = 1_000_000

/** POST /v1/events, each 202 on disk, on a node that only accepts; compared with the framework alone and the route without storage. */
export const accept: Row = {
  name: 'accept',
  title: 'durable POST /v1/events, 50 connections, CARILLON_ROLE=api',
  async run(engine) {
    const api = { CARILLON_ROLE: 'api', CARILLON_LOG_LEVEL: 'info' }
    const database = await readyDatabase(engine)
    const other = await readyDatabase(engine)
    let hub = await startHub(database, { env: api })
    const bare = await startChild<object, never, Address>('no-storage', hubEnv(other, { ...api, CARILLON_LOG_LEVEL: 'warn' }))
    const noop = await startChild<object, never, Address>('noop')
    const open = await inTurns({ limit: noop.hello.address, unstored: bare.hello.address, stored: hub.address }, false)
    await hub.stop()
    await seedKeys(database)
    hub = await startHub(database, { env: api })
    const keyed = await inTurns({ limit: noop.hello.address, stored: hub.address }, true)
    await Promise.all([hub.stop(), bare.stop(), noop.stop()])
    await Promise.all([database.remove(), other.remove()])
    const against = (name: string, { perSecond }: Load) => ({ name, value: perSecond })
    const sqlite = engine === 'sqlite'
    return [
      figure(engine, 'POST /v1/events', open.stored, against('Fastify no-op', open.limit), {
        aim: { of: 'ratio', least: sqlite ? 0.5 : 0.12 },
        floor: { of: 'ratio', least: sqlite ? 0.45 : 0.12 },
      }),
      figure(engine, 'POST /v1/events', open.stored, against('same route, no storage', open.unstored), sqlite ? { floor: { of: 'ratio', least: 0.75 } } : {}),
      figure(engine, 'the route without storage', open.unstored, against('Fastify no-op', open.limit), {}),
      figure(
        engine,
        'with Idempotency-Key, a million known',
        keyed.stored,
        against('no-op, same requests', keyed.limit),
        sqlite ? { floor: { of: 'ratio', least: 0.25 } } : {},
      ),
    ]
  },
}

interface Address {
  address: string
}

async function readyDatabase(engine: Engine): Promise<Database> {
  const database = await createDatabase(engine)
  const hub = await startHub(database, { env: { CARILLON_ROLE: 'api' } })
  await setScene(hub)
  await hub.stop()
  return database
}

/** Random keys, as clients generate them. The start of the hub puts them into the index. */
async function seedKeys(database: Database): Promise<void> {
  const at = Date.now()
  const columns = { high: 'integer', low: 'integer', hash: 'text', body: 'text', at: 'integer' } as const
  await withDialect(database, (dialect) =>
    seed(dialect, 'event_keys', columns, KEYS, () => {
      const bytes = randomBytes(12)
      return { high: bytes.readUIntBE(0, 6), low: bytes.readUIntBE(6, 6), hash: 'x'.repeat(22), body: '{"id":"evt_0197f1b2c3d47000a1b2c3d4e5f60718"}', at }
    }),
  )
  await known(database)
}

/** Short loads in alternation: a disturbance of the machine affects all of them alike. */
async function inTurns<Server extends string>(urls: Record<Server, string>, keyed: boolean): Promise<Record<Server, Load>> {
  const servers = Object.entries<string>(urls).map(([server, url]) => ({ server, url, loads: [] as Load[] }))
  for (const { url } of servers) await cannon(url, keyed, 2)
  for (let round = 0; round < ROUNDS; round++) for (const { url, loads } of servers) loads.push(await cannon(url, keyed, SECONDS))
  return Object.fromEntries(servers.map(({ server, loads }) => [server, mean(loads)])) as Record<Server, Load>
}

const mean = (loads: Load[]): Load => ({
  perSecond: loads.reduce((sum, { perSecond }) => sum + perSecond, 0) / loads.length,
  p50: percentile(
    loads.map(({ p50 }) => p50),
    50,
  ),
  p99: percentile(
    loads.map(({ p99 }) => p99),
    50,
  ),
})

interface Load {
  perSecond: number
  p50: number
  p99: number
}

async function cannon(url: string, keyed: boolean, duration: number): Promise<Load> {
  const requests = Array.from({ length: keyed ? 20 : 200 }, (_, n) => {
    const { path, headers, body } = single(n)
    const request: autocannon.Request = { method: 'POST', path, headers, body }
    return keyed ? { ...request, setupRequest: (one: autocannon.Request) => ({ ...one, headers: { ...headers, 'idempotency-key': randomUUID() } }) } : request
  })
  const result = await autocannon({ url, connections: CONNECTIONS, duration, requests })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers were not 2xx, ${result.errors} requests failed`)
  return { perSecond: result['2xx'] / result.duration, p50: result.latency.p50, p99: result.latency.p99 }
}

const figure = (
  engine: Engine,
  what: string,
  { perSecond, p50, p99 }: Load,
  limit: { name: string; value: number },
  goals: Pick<Figure, 'aim' | 'floor'>,
): Figure => ({
  row: 'accept',
  what,
  engine,
  value: perSecond,
  unit: '/s',
  limit,
  note: `p50 ${p50}, p99 ${p99} ms`,
  ...goals,
})
