import type { Task } from '../domain/task.ts'

/** A task that takes several steps, such as an event for a long audience. */
export interface Walk {
  task: Task
  /** 0 to 3; 3 is urgent. */
  priority: number
}

/** Long tasks that were begun. They take turns, one step each, so that no new task waits for the end of one. */
export interface Walks {
  tasks(): Task[]
  /** Removes the walk whose turn it is: of the most urgent ones, the one that has waited longest. Every fourth turn goes to the longest waiting of all. */
  take(): Walk | null
  add(walks: readonly Walk[]): void
  /** Removes all. */
  clear(): Task[]
}

export function createWalks(): Walks {
  /** The one that has waited longest is first. */
  let waiting: Walk[] = []
  let turns = 0
  return {
    tasks: () => waiting.map(({ task }) => task),
    take() {
      const highest = Math.max(...waiting.map(({ priority }) => priority))
      const next = turns++ % 4 === 3 ? waiting[0] : waiting.find(({ priority }) => priority === highest)
      waiting = waiting.filter((walk) => walk !== next)
      return next ?? null
    },
    add: (walks) => void waiting.push(...walks),
    clear: () => waiting.splice(0).map(({ task }) => task),
  }
}
