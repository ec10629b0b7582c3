import type { Task } from '../domain/task.ts'
import { allEnded } from './all-ended.ts'
import type { SuspectTurn } from './suspects.ts'
import { createTaskLoop, type TaskPort, type TaskWork } from './task-loop.ts'

/** Every kind of task that is worked on, by name. */
export type TaskTable = Readonly<Record<string, TaskWork>>

export interface TaskLoops {
  start(): void
  /** All of them, or the one of this kind. */
  wake(kind?: string): void
  inHand(): Task[]
  stop(): Promise<void>
}

/** One loop for each kind, so that no kind waits for another. */
export function createTaskLoops(table: TaskTable, parts: { tasks: TaskPort; suspects: SuspectTurn; failed(what: string, error: unknown): void }): TaskLoops {
  const loops = new Map(Object.entries(table).map(([kind, work]) => [kind, createTaskLoop({ ...parts, kind, work })]))
  return {
    start() {
      for (const loop of loops.values()) loop.start()
    },
    wake(kind) {
      if (kind !== undefined) loops.get(kind)?.wake()
      else for (const loop of loops.values()) loop.wake()
    },
    inHand: () => [...loops.values()].flatMap((loop) => loop.inHand()),
    stop: () => allEnded([...loops.values()].map((loop) => loop.stop())),
  }
}
