import type { Hub } from '../../lib/hub.ts'
import { postAll } from '../../lib/post.ts'
import type { Receiver } from '../../lib/receiver.ts'
import { batch, SECRET, setScene } from '../../lib/scene.ts'
import { holdBack, untilPlanned } from '../hold-back.ts'
import { type ComparedRow, FIVE_PERCENT } from '../row.ts'

const COUNT = 12_000
const WARM = 2000
const BATCH = 500
/** Left in the queue at the end, so that the second look is taken while the hub works as hard as at the first. */
const REST = 1000

/** Planned deliveries: claimed, looked at again, rendered, signed, sent, recorded. */
export const deliver: ComparedRow = {
  name: 'deliver',
  what: 'CPU per queued delivery',
  unit: 'us',
  tolerance: FIVE_PERCENT,
  async seed(hub, receiver) {
    await setScene(hub, receiver)
    await holdBack(hub, true)
    const { refused } = await postAll(hub.address, (WARM + COUNT + REST) / BATCH, 4, (n) => batch(n, BATCH))
    if (refused > 0) throw new Error(`${refused} batches were refused`)
    await untilPlanned(hub)
  },
  async measure(hub, receiver) {
    await receiver.reset({ secret: SECRET })
    await holdBack(hub, false)
    await receiver.until(WARM)
    const before = await look(hub, receiver)
    await receiver.until(WARM + COUNT)
    const after = await look(hub, receiver)
    const count = after.count - before.count
    return { cost: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / count, perSecond: (count * 1000) / (after.lastAt - before.lastAt) }
  },
}

/** Both clocks at the same moment: what the receiver has, and what it cost until now. */
async function look(hub: Hub, receiver: Receiver) {
  const [{ cpuSeconds }, { count, lastAt }] = await Promise.all([hub.vitals(), receiver.until(0)])
  return { cpuSeconds, count, lastAt }
}
