import { Pool } from 'undici'
import { costBetween, spentBy } from '../lib/cost.ts'
import { createDatabase } from '../lib/database.ts'
import type { Row } from '../lib/figure.ts'
import { startHub } from '../lib/hub.ts'
import { percentile } from '../lib/percentile.ts'
import { post, postAll } from '../lib/post.ts'
import { startReceiver } from '../lib/receiver.ts'
import { setScene, single } from '../lib/scene.ts'

const PER_SECOND = 200
const SECONDS = 10

/** A hub under light load: the time from the 202 until the receiver has the webhook. */
export const latency: Row = {
  name: 'latency',
  title: `accepted -> received at ${PER_SECOND} events/s`,
  async run(engine) {
    const database = await createDatabase(engine)
    const receiver = await startReceiver()
    const hub = await startHub(database)
    await setScene(hub, receiver)
    await receiver.reset()
    await postAll(hub.address, 1000, 10, single)
    await receiver.until(1000)
    await receiver.reset({ note: true })
    const before = await spentBy(hub, database)
    const sent = await steadily(hub.address)
    const { notes } = await receiver.until(sent.size)
    const cost = costBetween(before, await spentBy(hub, database), sent.size)
    await hub.stop()
    await receiver.stop()
    await database.remove()
    const times = notes.map(([id, at]) => ({ accepted: at - sent.get(id)!.answered, reported: at - sent.get(id)!.began }))
    const accepted = times.map((time) => time.accepted)
    const reported = times.map((time) => time.reported)
    const [aims, floors] =
      engine === 'sqlite'
        ? [
            { p50: 1, p99: 5 },
            { p50: 3, p99: 15 },
          ]
        : [
            { p50: 3, p99: 12 },
            { p50: 5, p99: 25 },
          ]
    const common = { row: 'latency', engine, unit: 'ms', cost }
    const from = (percent: number) => `from the request: ${percentile(reported, percent).toFixed(1)}`
    return [
      {
        ...common,
        what: '202 -> received, p50',
        value: percentile(accepted, 50),
        note: from(50),
        aim: { of: 'value', most: aims.p50 },
        floor: { of: 'value', most: floors.p50 },
      },
      {
        ...common,
        what: '202 -> received, p99',
        value: percentile(accepted, 99),
        note: from(99),
        aim: { of: 'value', most: aims.p99 },
        floor: { of: 'value', most: floors.p99 },
      },
    ]
  },
}

const now = () => performance.timeOrigin + performance.now()

/** Sends at a fixed rate, regardless of response times. Per event: the start of its request and the arrival of its 202. */
async function steadily(address: string): Promise<Map<string, { began: number; answered: number }>> {
  const pool = new Pool(address, { connections: 20, pipelining: 1, allowH2: false })
  const sent = new Map<string, { began: number; answered: number }>()
  const running: Promise<void>[] = []
  async function one(n: number): Promise<void> {
    const { path, headers, body } = single(n)
    const began = now()
    const { status, text } = await post(pool, path, headers, body, true)
    if (status !== 202) throw new Error(`answered ${status}: ${text}`)
    sent.set(JSON.parse(text).id, { began, answered: now() })
  }
  const start = performance.now()
  for (let n = 0; n < PER_SECOND * SECONDS; ) {
    while (n < ((performance.now() - start) * PER_SECOND) / 1000 && n < PER_SECOND * SECONDS) running.push(one(n++))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(running)
  await pool.destroy()
  return sent
}
