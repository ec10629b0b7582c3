import type { Hub } from '../../lib/hub.ts'
import { postAll } from '../../lib/post.ts'
import type { Receiver } from '../../lib/receiver.ts'
import { SECRET, setScene, single } from '../../lib/scene.ts'
import { WARM } from '../../lib/warm.ts'
import { fromRestToRest } from '../rest.ts'
import { type ComparedRow, FIVE_PERCENT } from '../row.ts'

const COUNT = 10_000
const CONNECTIONS = 50

/** The whole way over HTTP, one event a request: until the receiver has the last signed webhook. */
export const endToEnd: ComparedRow = {
  name: 'end-to-end',
  what: 'CPU per event, reported to received',
  unit: 'us',
  tolerance: FIVE_PERCENT,
  seed: setScene,
  async measure(hub, receiver) {
    await send(hub, receiver, WARM)
    return fromRestToRest(hub, COUNT, () => send(hub, receiver, COUNT))
  },
}

/** Seconds from the first request to the last webhook. */
async function send(hub: Hub, receiver: Receiver, count: number): Promise<number> {
  await receiver.reset({ secret: SECRET })
  const began = performance.timeOrigin + performance.now()
  const { refused } = await postAll(hub.address, count, CONNECTIONS, single)
  if (refused > 0) throw new Error(`${refused} of ${count} requests were refused`)
  const { lastAt } = await receiver.until(count)
  return (lastAt - began) / 1000
}
