import type { Hub } from './hub.ts'
import { postAll } from './post.ts'
import type { Receiver } from './receiver.ts'
import { SECRET, single } from './scene.ts'

const CONNECTIONS = 50

/** Reports `count` events by single POSTs and waits for the last webhook. Resolves to the seconds from the first request to it. */
export async function sendSingles({ address }: Pick<Hub, 'address'>, receiver: Receiver, count: number): Promise<number> {
  await receiver.reset({ secret: SECRET })
  const began = performance.timeOrigin + performance.now()
  const { refused } = await postAll(address, count, CONNECTIONS, single)
  if (refused > 0) throw new Error(`${refused} of ${count} requests were refused`)
  const { lastAt } = await receiver.until(count)
  return (lastAt - began) / 1000
}
