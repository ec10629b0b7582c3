import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { bareLoop } from '../lib/bare.ts'
import { createDatabase } from '../lib/database.ts'
import type { Figure, Row } from '../lib/figure.ts'
import { startHub } from '../lib/hub.ts'
import { type Post, postAll } from '../lib/post.ts'
import { startReceiver } from '../lib/receiver.ts'
import { batch, SECRET, setScene, single } from '../lib/scene.ts'

const COUNT = 20_000
const BATCH = 1000
const CONNECTIONS = 50

/** End to end over HTTP: 20,000 events reported to one process, until the receiver has the last signed webhook. */
export const endToEnd: Row = {
  name: 'end-to-end',
  title: 'event -> signed webhook received, 20,000 events',
  run: async (engine) => [
    ...(await measure(engine, 'single POSTs', COUNT, CONNECTIONS, single, 0.1)),
    ...(await measure(engine, `batches of ${BATCH}`, COUNT / BATCH, 4, (n) => batch(n, BATCH), 0.13)),
  ],
}

async function measure(engine: Engine, what: string, posts: number, connections: number, each: (n: number) => Post, ratio: number): Promise<Figure[]> {
  const database = await createDatabase(engine)
  const receiver = await startReceiver()
  const hub = await startHub(database)
  await setScene(hub, receiver)
  // Warmed up, like a hub that has been running.
  await receiver.reset()
  await postAll(hub.address, 2000, CONNECTIONS, single)
  await receiver.until(2000)
  const before = await bareLoop(receiver, COUNT)
  await receiver.reset({ secret: SECRET })
  const { cpuSeconds } = await hub.vitals()
  const began = performance.timeOrigin + performance.now()
  const { perSecond, refused } = await postAll(hub.address, posts, connections, each)
  const { lastAt } = await receiver.until(COUNT)
  const vitals = await hub.vitals()
  if (refused > 0) throw new Error(`${refused} of ${posts} requests were refused`)
  await hub.stop()
  const after = await bareLoop(receiver, COUNT)
  await receiver.stop()
  await database.remove()
  const value = (COUNT * 1000) / (lastAt - began)
  const limit = { name: 'bare undici Pool', value: (before + after) / 2 }
  const common = { row: 'end-to-end', engine, value, unit: '/s' }
  return [
    {
      ...common,
      what,
      note: `accepted at ${Math.round((perSecond * COUNT) / posts)}/s, ${Math.round(((vitals.cpuSeconds - cpuSeconds) * 1e6) / COUNT)} us of CPU each`,
      aim: { of: 'value', least: engine === 'sqlite' ? 6000 : 3000 },
    },
    { ...common, what: `${what}, against bare undici`, limit, ...(engine === 'sqlite' ? { floor: { of: 'ratio', least: ratio } } : {}) },
  ]
}
