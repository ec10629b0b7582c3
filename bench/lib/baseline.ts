import { startChild } from './child.ts'
import type { Metered } from './cost.ts'
import type { Database } from './database.ts'
import { ROOT_KEY } from './hub.ts'
import type { Receiver } from './receiver.ts'
import { SECRET } from './scene.ts'

export interface Baseline extends Metered {
  address: string
  stop(): Promise<void>
}

/** The hand-made loop of `bench/baseline/`, on an empty database of PostgreSQL. It takes the same reports as the hub. */
export async function startBaseline({ url }: Database, receiver: Receiver): Promise<Baseline> {
  const child = await startChild<object, { cpuSeconds: number }, { address: string }>('baseline/loop', {
    LOOP_DATABASE_URL: url,
    LOOP_RECEIVER: receiver.url,
    LOOP_TOKEN: ROOT_KEY,
    LOOP_SECRET: SECRET,
  })
  return { address: child.hello.address, vitals: () => child.ask({}), stop: child.stop }
}
