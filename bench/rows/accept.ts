import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { API, acceptingDatabase } from '../lib/accepting.ts'
import { inTurns, type Load } from '../lib/cannon.ts'
import { startChild } from '../lib/child.ts'
import { spentBy } from '../lib/cost.ts'
import type { Figure, Row } from '../lib/figure.ts'
import { hubEnv, startHub } from '../lib/hub.ts'

/** POST /v1/events, each 202 on disk, on a node that only accepts; compared with the framework alone and the route without storage. */
export const accept: Row = {
  name: 'accept',
  title: 'durable POST /v1/events, 50 connections, CARILLON_ROLE=api',
  async run(engine) {
    const database = await acceptingDatabase(engine)
    const other = await acceptingDatabase(engine)
    const hub = await startHub(database, { env: API })
    const bare = await startChild<object, never, Address>('processes/no-storage', hubEnv(other, { ...API, CARILLON_LOG_LEVEL: 'warn' }))
    const noop = await startChild<object, never, Address>('processes/noop')
    const { limit, unstored, stored } = await inTurns({
      limit: { url: noop.hello.address },
      unstored: { url: bare.hello.address },
      stored: { url: hub.address, spent: () => spentBy(hub, database) },
    })
    await Promise.all([hub.stop(), bare.stop(), noop.stop()])
    await Promise.all([database.remove(), other.remove()])
    const against = (name: string, { perSecond }: Load) => ({ name, value: perSecond })
    const sqlite = engine === 'sqlite'
    return [
      figure(engine, 'POST /v1/events', stored, against('Fastify no-op', limit), {
        aim: { of: 'ratio', least: sqlite ? 0.5 : 0.25 },
        floor: { of: 'ratio', least: sqlite ? 0.45 : 0.18 },
      }),
      figure(engine, 'POST /v1/events', stored, against('same route, no storage', unstored), sqlite ? { floor: { of: 'ratio', least: 0.75 } } : {}),
      figure(engine, 'the route without storage', unstored, against('Fastify no-op', limit), {}),
    ]
  },
}

interface Address {
  address: string
}

const figure = (
  engine: Engine,
  what: string,
  { perSecond, p50, p99, cost }: Load,
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
  ...(cost === undefined ? {} : { cost }),
  ...goals,
})
