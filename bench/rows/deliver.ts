import { bareLoop } from '../lib/bare.ts'
import { setBlocked, untilQueued } from '../lib/block.ts'
import { costBetween, spentBy } from '../lib/cost.ts'
import { createDatabase, type Database } from '../lib/database.ts'
import type { Row } from '../lib/figure.ts'
import { type Hub, startHub } from '../lib/hub.ts'
import { postAll } from '../lib/post.ts'
import { type Receiver, startReceiver } from '../lib/receiver.ts'
import { batch, SECRET, setScene } from '../lib/scene.ts'

const COUNT = 20_000
const BATCH = 500
/** Left out at both ends, where the hub starts or has nothing to claim, when its processor time is read. */
const EDGE = 2000

/** Delivery alone: 20,000 planned deliveries are claimed, rendered, signed, sent and recorded. */
export const deliver: Row = {
  name: 'deliver',
  title: 'delivery loop alone, 20,000 queued deliveries',
  async run(engine) {
    const database = await createDatabase(engine)
    const receiver = await startReceiver()
    let hub = await startHub(database)
    await setScene(hub, receiver)
    await hub.stop()
    await setBlocked(database, true)
    hub = await startHub(database)
    await postAll(hub.address, COUNT / BATCH, 4, (n) => batch(n, BATCH))
    await untilQueued(database, COUNT)
    await hub.stop()
    await setBlocked(database, false)
    const before = await bareLoop(receiver, COUNT)
    await receiver.reset({ secret: SECRET })
    hub = await startHub(database, { env: { CARILLON_ROLE: 'worker' } })
    await receiver.until(EDGE)
    const begun = await look(hub, database, receiver)
    await receiver.until(COUNT - EDGE)
    const ended = await look(hub, database, receiver)
    const { firstAt, lastAt } = await receiver.until(COUNT)
    await hub.stop()
    const after = await bareLoop(receiver, COUNT)
    await receiver.stop()
    await database.remove()
    return [
      {
        row: 'deliver',
        what: 'queued -> signed webhook',
        engine,
        value: ((COUNT - 1) * 1000) / (lastAt - firstAt),
        unit: '/s',
        cost: costBetween(begun.spent, ended.spent, ended.count - begun.count),
        limit: { name: 'bare undici Pool', value: (before + after) / 2 },
        aim: { of: 'ratio', least: 0.3 },
        floor: { of: 'ratio', least: engine === 'sqlite' ? 0.22 : 0.17 },
      },
    ]
  },
}

/** Both at the same moment: what the receiver has, and what it cost until now. */
async function look(hub: Hub, database: Database, receiver: Receiver) {
  const [spent, { count }] = await Promise.all([spentBy(hub, database), receiver.until(0)])
  return { spent, count }
}
