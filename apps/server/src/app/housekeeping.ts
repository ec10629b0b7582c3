import { MINUTE, SECOND } from '../domain/time.ts'
import { createLoop } from '../flow/loop.ts'
import type { Hub } from './wire-pipeline.ts'

/** Periodic work: measure the intake's limits and catch up on configuration every 2 s, prune old keys every 5 min. */
export function createHousekeeping({ admission, liveConfig, stores, failed }: Pick<Hub, 'admission' | 'liveConfig' | 'stores' | 'failed'>) {
  const measuring = createLoop(
    async () => {
      await admission.measure()
      return false
    },
    (error) => failed('measuring', error),
  )
  const catchingUp = createLoop(
    async () => {
      await liveConfig.catchUp()
      return false
    },
    (error) => failed('reading the configuration', error),
  )
  // A thousand at a time: nothing else waits long for it.
  const pruning = createLoop(
    async () => (await stores.idempotency.prune()) + (await stores.events.forgetSecrets()) > 0,
    (error) => failed('pruning', error),
  )
  const timers: NodeJS.Timeout[] = []
  return {
    start(): void {
      timers.push(setInterval(measuring.wake, 2 * SECOND), setInterval(catchingUp.wake, 2 * SECOND), setInterval(pruning.wake, 5 * MINUTE))
      pruning.wake()
      for (const timer of timers) timer.unref()
    },
    async stop(): Promise<void> {
      for (const timer of timers) clearInterval(timer)
      await Promise.all([measuring.stop(), catchingUp.stop(), pruning.stop()])
    },
  }
}
