import type { Task } from '../domain/task.ts'
import type { Millis } from '../domain/time.ts'
import { createLoop } from './loop.ts'
import type { SuspectTurn } from './suspects.ts'
import { createWalks, type Walk } from './walks.ts'

/** How tasks of one kind are worked on. The `TaskKind` of the same name (domain/task.ts) says how they fail. */
export interface TaskWork {
  /** Tasks in hand at once, at most. */
  inHand: number
  /** Tasks that `begin` gets at once, at most. */
  together: number
  /**
   * Works on these tasks, all or nothing: when it throws for several, each is begun again alone. A task is completed in the transaction
   * that holds its effects. Returns the tasks with more steps, and those that it did not get to because the hub is stopping.
   */
  begin(tasks: Task[]): Promise<Walk[]>
  /** The next step of a task; returns whether there is more. */
  step(task: Task): Promise<boolean>
  /** These tasks are no longer in hand: the next process that claims them starts from what is stored. Resolves when nothing of them is being stored. */
  forget(tasks: readonly Task[]): Promise<void>
}

/** The part of the queue that the loops use. */
export interface TaskPort {
  claim(kind: string, limit: number): Promise<Task[]>
  /** Unless `alone`, only one that was being worked on at a single death. */
  claimSuspect(kind: string, alone: boolean): Promise<Task | null>
  release(tasks: Task[]): Promise<void>
  heartbeat(tasks: Task[]): Promise<void>
  /** Tried again later, or given up, as its kind says. With `atLeastUntil` it is tried again then instead of being given up. */
  fail(task: Task, error: string, atLeastUntil?: Millis): Promise<void>
  sweep(): Promise<void>
  onWork(kind: string, wake: () => void): () => void
}

export interface TaskLoop {
  /** Starts to listen for work. */
  start(): void
  wake(): void
  /** Tasks whose leases have to be kept. */
  inHand(): Task[]
  /** No further steps; tasks in hand are released unharmed. */
  stop(): Promise<void>
}

export interface TaskLoopParts {
  kind: string
  work: TaskWork
  tasks: TaskPort
  suspects: SuspectTurn
  failed(what: string, error: unknown): void
}

/** Works on one kind of task: a suspect alone, else new tasks, then one step of one long task, then new tasks again. */
export function createTaskLoop({ kind, work, tasks, suspects, failed }: TaskLoopParts): TaskLoop {
  const walks = createWalks()
  /** Claimed tasks that are not among the walks: those being worked on right now. */
  let current: Task[] = []
  let stopping = false
  let stopListening = () => {}

  const loop = createLoop(
    async () => {
      try {
        const suspect = await suspects.take(kind, (alone) => tasks.claimSuspect(kind, alone))
        if (suspect !== null) {
          await workAlone(suspect)
          return true
        }
        const room = work.inHand - walks.tasks().length
        current = await tasks.claim(kind, room)
        const full = current.length === room
        await beginAll()
        const walk = walks.take()
        if (walk !== null) await stepOnce(walk)
        // A task that is enqueued from now on wakes this loop again.
        return full || walks.tasks().length > 0
      } finally {
        // A task whose failure could not be stored is left until its lease ends.
        current = []
      }
    },
    (error) => failed(kind, error),
  )

  /** Nothing else of this kind is in hand meanwhile: if the suspect kills the process, nothing beside it is blamed. */
  async function workAlone(suspect: Task): Promise<void> {
    await letGo()
    current = [suspect]
    let more = (await beginTogether([suspect])).length > 0
    while (more) {
      if (stopping) {
        await work.forget([suspect])
        return tasks.release([suspect])
      }
      more = (await attempt(suspect, () => work.step(suspect))) ?? false
    }
  }

  async function beginAll(): Promise<void> {
    while (current.length > 0 && !stopping) {
      const group = current.slice(0, work.together)
      const left = await beginTogether(group)
      current = current.slice(group.length)
      walks.add(left)
    }
    if (current.length > 0) await tasks.release(current)
  }

  /** When a group fails, each of its tasks is begun alone, so that one bad task fails no other. */
  async function beginTogether(group: Task[]): Promise<Walk[]> {
    if (group.length > 1)
      try {
        return await work.begin(group)
      } catch {
        // Each task reports its own error below.
      }
    const left: Walk[] = []
    for (const task of group) left.push(...((await attempt(task, () => work.begin([task]))) ?? []))
    return left
  }

  async function stepOnce(walk: Walk): Promise<void> {
    current = [walk.task]
    if (await attempt(walk.task, () => work.step(walk.task))) walks.add([walk])
  }

  /** Returns undefined when it failed: then the task comes again later, or is given up. */
  async function attempt<T>(task: Task, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run()
    } catch (error) {
      failed(kind, error)
      await work.forget([task])
      await tasks.fail(task, error instanceof Error ? error.message : String(error))
      return undefined
    }
  }

  /** Releases the walks in hand, so that another node may take them up. */
  async function letGo(): Promise<void> {
    const given = walks.clear()
    await work.forget(given)
    await tasks.release(given)
  }

  return {
    start() {
      stopListening = tasks.onWork(kind, loop.wake)
      loop.wake()
    },
    wake: loop.wake,
    inHand: () => [...walks.tasks(), ...current],
    async stop() {
      stopping = true
      stopListening()
      await loop.stop()
      suspects.leave(kind)
      await letGo()
    },
  }
}
