import { HOUR, MINUTE, SECOND } from '../domain/time.ts'
import { createLoop, type Loop } from '../flow/loop.ts'
import { createUnknownTaskReport } from '../operations/unknown-tasks.ts'
import { tendEvery } from '../pipeline/tending.ts'
import type { LoopDefinition } from '../schedule/loops.ts'
import type { Hub } from './parts.ts'

type LoopsHub = Pick<Hub, 'admission' | 'config' | 'failed' | 'healthWatch' | 'log' | 'queue' | 'stores'>

/** Work that the hub repeats by itself. */
export function hubLoops({ admission, config, failed, healthWatch, log, queue, stores }: LoopsHub, tending: Loop, hold: Loop): LoopDefinition[] {
  const loopOf = (what: string, run: () => Promise<void>): Loop =>
    createLoop(
      async () => {
        await run()
        return false
      },
      (error) => failed(what, error),
    )
  const worker: LoopDefinition[] = [
    { name: 'tend', every: tendEvery(config.leaseMs), once: 'per node', loop: tending },
    { name: 'unknown-tasks', every: MINUTE, once: 'per node', loop: loopOf('looking for unknown tasks', createUnknownTaskReport(queue.unknown, log)) },
  ]
  return [
    // Each node refuses by itself; its requests only read the measurements.
    { name: 'admission', every: 2 * SECOND, once: 'per node', loop: loopOf('measuring', admission.measure) },
    // Each node keeps the issues in memory, and another one may have noticed an issue that this one did not.
    { name: 'health-watch', every: 15 * SECOND, once: 'per node', loop: healthWatch },
    // A node that only serves HTTP sends nothing, but its metrics say whether sending is held.
    { name: 'sending-hold', every: 2 * SECOND, once: 'per node', loop: hold },
    {
      name: 'merge-event-keys',
      every: SECOND,
      once: 'per node',
      loop: createLoop(stores.idempotency.mergeEventKeys, (error) =>
        failed('merging keys', error, 'they stay in memory and on disk, where requests find them, and it is tried again'),
      ),
    },
    // A limited number of rows in each step, so that other work does not wait long for it.
    { name: 'prune-idempotency-keys', every: 5 * MINUTE, once: 'per database', step: async () => (await stores.idempotency.prune()) > 0 },
    // Expired rows of one time lie side by side: the less often, the fewer pages are changed.
    { name: 'prune-event-keys', every: HOUR, once: 'per database', step: stores.idempotency.pruneEventKeys },
    { name: 'prune-limits', every: 5 * MINUTE, once: 'per database', step: async () => (await stores.uses.prune()) > 0 },
    { name: 'prune-tokens', every: 5 * MINUTE, once: 'per database', step: async () => (await stores.tokens.prune()) > 0 },
    { name: 'forget-secrets', every: 5 * MINUTE, once: 'per database', step: async () => (await stores.events.forgetSecrets()) > 0 },
    ...(config.role === 'api' ? [] : worker),
  ]
}
