import autocannon from 'autocannon'
import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { startChild } from '../lib/child.ts'
import { createDatabase } from '../lib/database.ts'
import type { Figure, Row } from '../lib/figure.ts'
import { hubEnv, startHub } from '../lib/hub.ts'
import { setScene, single } from '../lib/scene.ts'

const CONNECTIONS = 50
const SECONDS = 8

/** POST /v1/events, each 202 on disk, on a node that only accepts; against the framework alone and against the route without storage. */
export const accept: Row = {
  name: 'accept',
  title: 'durable POST /v1/events, 50 connections, CARILLON_ROLE=api',
  async run(engine) {
    const database = await createDatabase(engine)
    const noop = await startChild<object, never, { address: string }>('noop')
    let hub = await startHub(database, { env: { CARILLON_ROLE: 'api' } })
    await setScene(hub)
    await hub.stop()
    const bare = await startChild<object, never, { address: string }>('no-storage', hubEnv(database, { CARILLON_ROLE: 'api', CARILLON_LOG_LEVEL: 'warn' }))
    const unstored = await load(bare.hello.address, false)
    await bare.stop()
    hub = await startHub(database, { env: { CARILLON_ROLE: 'api' } })
    const before = await load(noop.hello.address, false)
    const stored = await load(hub.address, false)
    const after = await load(noop.hello.address, false)
    const noopKeyed = await load(noop.hello.address, true)
    const keyed = await load(hub.address, true)
    await hub.stop()
    await noop.stop()
    await database.remove()
    const limit = { name: 'Fastify no-op', value: (before.perSecond + after.perSecond) / 2 }
    const least = engine === 'sqlite' ? 0.45 : 0.12
    return [
      figure(engine, 'POST /v1/events', stored, limit, { aim: { of: 'ratio', least: engine === 'sqlite' ? 0.5 : 0.12 }, floor: { of: 'ratio', least } }),
      figure(
        engine,
        'the same against the route without storage',
        stored,
        { name: 'no storage', value: unstored.perSecond },
        engine === 'sqlite' ? { floor: { of: 'ratio', least: 0.75 } } : {},
      ),
      figure(engine, 'the route without storage', unstored, limit, {}),
      figure(engine, 'with Idempotency-Key', keyed, { name: 'no-op, same requests', value: noopKeyed.perSecond }, {}),
    ]
  },
}

interface Load {
  perSecond: number
  p50: number
  p99: number
}

async function load(url: string, keyed: boolean): Promise<Load> {
  await cannon(url, keyed, 2)
  return cannon(url, keyed, SECONDS)
}

async function cannon(url: string, keyed: boolean, duration: number): Promise<Load> {
  const requests = Array.from({ length: keyed ? 20 : 200 }, (_, n) => {
    const { path, headers, body } = single(n)
    return { method: 'POST' as const, path, headers: keyed ? { ...headers, 'idempotency-key': '[<id>]' } : headers, body }
  })
  const result = await autocannon({ url, connections: CONNECTIONS, duration, requests, idReplacement: keyed })
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
