import type { Hub } from '../lib/hub.ts'

/** Lets the webhooks through, or at most one a day: what is planned meanwhile stays queued. One leaves at the start of each hub. */
export async function holdBack({ client }: Hub, held: boolean): Promise<void> {
  for await (const { id, provider } of client.connections.all())
    if (provider === 'webhook') await client.connections.patch(id, { limits: held ? { rate: { count: 1, perSeconds: 86_400 } } : null })
}

const LOOK_EVERY = 50
const AT_MOST = 120_000

/** Resolves when no event waits for its fan-out any more. */
export async function untilPlanned({ client }: Hub): Promise<void> {
  for (const began = performance.now(); performance.now() - began < AT_MOST; ) {
    const [waiting] = (await client.events.list({ state: 'accepted', limit: 1 })).items
    if (waiting === undefined) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))
  }
  throw new Error(`not everything was planned within ${AT_MOST / 1000} s`)
}
