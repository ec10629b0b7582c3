import { bareLoop } from '../lib/bare.ts'
import { setBlocked, untilQueued } from '../lib/block.ts'
import { createDatabase } from '../lib/database.ts'
import type { Row } from '../lib/figure.ts'
import { startHub } from '../lib/hub.ts'
import { postAll } from '../lib/post.ts'
import { startReceiver } from '../lib/receiver.ts'
import { batch, SECRET, setScene } from '../lib/scene.ts'

const COUNT = 20_000
const BATCH = 500

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
        limit: { name: 'bare undici Pool', value: (before + after) / 2 },
        ...(engine === 'sqlite' ? { aim: { of: 'ratio', least: 0.35 } } : {}),
        floor: { of: 'ratio', least: engine === 'sqlite' ? 0.22 : 0.15 },
      },
    ]
  },
}
