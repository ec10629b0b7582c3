import type { Registry } from '../connections/registry.ts'
import type { Task } from '../domain/task.ts'
import { MINUTE, type Millis } from '../domain/time.ts'
import { createLoop, type Loop } from '../flow/loop.ts'
import type { TaskPort } from '../flow/task-loop.ts'
import type { OutboxPort } from './sending.ts'

export interface TendingParts {
  outbox: Pick<OutboxPort, 'heartbeat' | 'sweep' | 'health'>
  tasks: Pick<TaskPort, 'heartbeat' | 'sweep'>
  registry: Registry
  failed(what: string, error: unknown): void
}

/** Renews leases, takes back the work of dead processes, and reads health that other nodes recorded. */
export const createTending = (
  { outbox, tasks, registry, failed }: TendingParts,
  inHand: { tasks(): Task[]; deliveries(): string[] },
  tended: () => void,
): Loop =>
  createLoop(
    async () => {
      await outbox.heartbeat()
      await tasks.heartbeat(inHand.tasks())
      await tasks.sweep()
      await outbox.sweep(inHand.deliveries())
      await registry.loadHealth(outbox.health)
      tended()
      return false
    },
    (error) => failed('tending', error),
  )

/** How often that happens: well within a lease. */
export const tendEvery = (leaseMs: Millis): Millis => Math.min(leaseMs / 4, MINUTE / 4)
