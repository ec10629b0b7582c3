import type { Millis } from '../domain/time.ts'

/** The coarse work of the hub; a delivery is not a task, its row is its own queue entry. */
export const TASK_NAMES = ['fan-out'] as const
export type TaskName = (typeof TASK_NAMES)[number]

export interface NewTask {
  name: TaskName
  /** What to work on: an event id. */
  ref: string
  /** Not before this time; absent = now. */
  dueAt?: Millis
  /** Higher first. */
  priority?: number
}

export interface Task {
  id: string
  name: TaskName
  ref: string
  /** Times this task was claimed, this one included. It is raised by the claim, so a task that kills the process is counted. */
  attempt: number
}

/** A task that was given up: it killed its process three times, or its handler failed for good. */
export interface QuarantinedTask {
  id: string
  name: TaskName
  ref: string
  error: string
}

/**
 * The work queue behind a port. `Trx` is the transaction of the engine's store.
 * Laws (`describe-queue.ts` tests them on both engines): a task enqueued in a transaction that rolls back never existed; a
 * claimed task is not claimed again before its lease ends; completing inside a transaction that rolls back leaves it claimed;
 * after `MAX_CRASHES` claims in a row that neither completed nor failed it is quarantined; completing, failing, keeping or
 * releasing a claim that was lost meanwhile changes nothing. A task that was in hand when its process died is a suspect: it is
 * handed out alone, so that the one that kills is found and those beside it are not blamed.
 */
export interface Queue<Trx> {
  enqueue(trx: Trx, tasks: NewTask[]): Promise<void>
  /** At most `limit` due tasks of one name, highest priority first, leased to this process. */
  claim(name: TaskName, limit: number): Promise<Task[]>
  /** One due suspect, which `claim` never answers; null when there is none. */
  claimSuspect(name: TaskName): Promise<Task | null>
  /** Keeps the leases of long work; call it more often than `leaseMs`. */
  heartbeat(tasks: Task[]): Promise<void>
  complete(trx: Trx, tasks: Task[]): Promise<void>
  /** Back to the queue at `retryAt`, or quarantined when that is null. */
  fail(trx: Trx, tasks: { task: Task; error: string; retryAt: Millis | null }[]): Promise<void>
  /** Gives claimed tasks back unharmed (drain): the claim is not counted as a crash. */
  release(tasks: Task[]): Promise<void>
  /** Takes back the tasks of dead workers and answers those that were quarantined by it. */
  sweep(): Promise<QuarantinedTask[]>
  /** Called soon after tasks were committed, by this process or another one, and when delayed ones come due. Answers a function that stops it. */
  onWork(name: TaskName, wake: () => void): () => void
  /** Tasks that wait or run: for health and the high-water mark. */
  depth(name: TaskName): Promise<number>
  /** Takes back the tasks of dead predecessors. Nothing else may be called before. */
  /** What this process is called as an owner of leases; valid after `start`. */
  owner(): string
  /** Of these owners, those whose process has certainly ended. */
  dead(owners: string[]): Promise<string[]>
  start(): Promise<void>
  /** Stops waking and tells the other nodes that this one has ended; `release` what is still claimed first. */
  stop(): Promise<void>
}

export const MAX_CRASHES = 3
