import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { bareLoop } from '../lib/bare.ts'
import { startBaseline } from '../lib/baseline.ts'
import { costBetween, type Metered, spentBy } from '../lib/cost.ts'
import { createDatabase, type Database } from '../lib/database.ts'
import type { Figure, Row } from '../lib/figure.ts'
import { startHub } from '../lib/hub.ts'
import { type Post, postAll } from '../lib/post.ts'
import { type Receiver, startReceiver } from '../lib/receiver.ts'
import { batch, SECRET, setScene, single } from '../lib/scene.ts'
import { WARM } from '../lib/warm.ts'

const COUNT = 20_000
const BATCH = 1000
const CONNECTIONS = 50

interface Load {
  what: string
  posts: number
  connections: number
  each(n: number): Post
}
const SINGLE: Load = { what: 'single POSTs', posts: COUNT, connections: CONNECTIONS, each: single }
const BATCHES: Load = { what: `batches of ${BATCH}`, posts: COUNT / BATCH, connections: 4, each: (n) => batch(n, BATCH) }

/** Of the ratio to bare undici. */
const GOALS: Record<Engine, { single: [aim: number, floor: number]; batches: [aim: number, floor: number] }> = {
  sqlite: { single: [0.167, 0.14], batches: [0.2, 0.17] },
  postgres: { single: [0.1, 0.085], batches: [0.15, 0.12] },
}

/** End to end over HTTP: 20,000 events reported to one process, until the receiver has the last signed webhook. Beside it a loop made by hand. */
export const endToEnd: Row = {
  name: 'end-to-end',
  title: 'event -> signed webhook received, 20,000 events',
  async run(engine) {
    const receiver = await startReceiver()
    const figures = [
      { ...(await measureHub(engine, receiver, SINGLE)), ...goals(GOALS[engine].single) },
      { ...(await measureHub(engine, receiver, BATCHES)), ...goals(GOALS[engine].batches) },
      { ...(await measureBaseline(receiver)), engine },
    ]
    await receiver.stop()
    return figures
  },
}

const goals = ([aim, floor]: [number, number]): Pick<Figure, 'aim' | 'floor'> => ({ aim: { of: 'ratio', least: aim }, floor: { of: 'ratio', least: floor } })

async function measureHub(engine: Engine, receiver: Receiver, load: Load): Promise<Figure> {
  const database = await createDatabase(engine)
  const hub = await startHub(database)
  await setScene(hub, receiver)
  const figure = await measure(hub, database, receiver, load)
  await database.remove()
  return figure
}

/** On PostgreSQL, whichever engine stands beside it. */
async function measureBaseline(receiver: Receiver): Promise<Figure> {
  const database = await createDatabase('postgres')
  const loop = await startBaseline(database, receiver)
  const figure = await measure(loop, database, receiver, { ...SINGLE, what: 'hand-made Fastify + PostgreSQL + undici, single POSTs' })
  await database.remove()
  return figure
}

/** Warmed up, like a hub that has been running. Stops what is measured. */
async function measure(
  server: Metered & { address: string; stop(): Promise<void> },
  database: Database,
  receiver: Receiver,
  { what, posts, connections, each }: Load,
): Promise<Figure> {
  await receiver.reset()
  await postAll(server.address, WARM, CONNECTIONS, single)
  await receiver.until(WARM)
  const before = await bareLoop(receiver, COUNT)
  await receiver.reset({ secret: SECRET })
  const spent = await spentBy(server, database)
  const began = performance.timeOrigin + performance.now()
  const { perSecond, refused } = await postAll(server.address, posts, connections, each)
  const { lastAt } = await receiver.until(COUNT)
  const cost = costBetween(spent, await spentBy(server, database), COUNT)
  if (refused > 0) throw new Error(`${refused} of ${posts} requests were refused`)
  await server.stop()
  const after = await bareLoop(receiver, COUNT)
  return {
    row: 'end-to-end',
    engine: database.engine,
    what,
    value: (COUNT * 1000) / (lastAt - began),
    unit: '/s',
    note: `accepted at ${Math.round((perSecond * COUNT) / posts)}/s`,
    cost,
    limit: { name: 'bare undici Pool', value: (before + after) / 2 },
  }
}
