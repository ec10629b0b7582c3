import type { Hub } from '../lib/hub.ts'
import type { Sample } from './rounds.ts'

const LOOK_EVERY = 100
/** A hub that does nothing takes about 2 ms of 100. */
const IDLE_SECONDS = 0.01
const AT_MOST = 60_000

/** Waits until the hub does nothing any more, what is written after the answer included. Resolves to its processor time so far, in seconds. */
export async function atRest(hub: Hub): Promise<number> {
  let { cpuSeconds: before } = await hub.vitals()
  for (const began = performance.now(); performance.now() - began < AT_MOST; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))
    const { cpuSeconds } = await hub.vitals()
    if (cpuSeconds - before < IDLE_SECONDS) return cpuSeconds
    before = cpuSeconds
  }
  throw new Error(`the hub did not come to rest within ${AT_MOST / 1000} s`)
}

/** What `count` pieces of work cost, from rest to rest. `work` answers how many seconds they took. */
export async function fromRestToRest(hub: Hub, count: number, work: () => Promise<number>): Promise<Sample> {
  const before = await atRest(hub)
  const seconds = await work()
  return { cost: (((await atRest(hub)) - before) * 1e6) / count, perSecond: count / seconds }
}
