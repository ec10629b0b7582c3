import type { EndedTask, NewTask, Task, UnknownTasks } from '../domain/task.ts'
import type { Millis } from '../domain/time.ts'

/**
 * The queue for coarse work (tasks) behind a port. A delivery is not a task: its row is its own queue entry. `Trx` is the transaction of
 * the engine's store.
 * Laws (`describe-queue.ts` tests them on both engines): a task enqueued in a transaction that rolls back never existed; a
 * claimed task is not claimed again before its lease ends; completing inside a transaction that rolls back leaves it claimed;
 * after `MAX_CRASHES` claims in a row that neither completed nor failed it is quarantined; completing, failing, keeping or
 * releasing a claim that was lost meanwhile changes nothing. A task that was being worked on when its process died is a suspect: it is
 * handed out alone, so that a task that kills the process is found and the others are not blamed. Its kind decides when and how a task
 * ends for good, in the transaction that ends it. Tasks of a kind that the queue was not opened with are left as they are.
 */
export interface Queue<Trx> {
  /** Throws for a kind that the queue was not opened with, because no process would ever work on it. */
  enqueue(trx: Trx, tasks: NewTask[]): Promise<void>
  /** At most `limit` due tasks of one kind, highest priority first, leased to this process. */
  claim(name: string, limit: number): Promise<Task[]>
  /** One due suspect, which `claim` never returns; null when there is none. Unless `alone`, only one that was being worked on at a single death. */
  claimSuspect(name: string, alone: boolean): Promise<Task | null>
  /** Keeps the leases of long work; call it more often than `leaseMs`. */
  heartbeat(tasks: Task[]): Promise<void>
  complete(trx: Trx, tasks: Task[]): Promise<void>
  /** An attempt failed: back to the queue, or given up, as its kind says. With `atLeastUntil` it is queued until then instead of being given up. */
  fail(trx: Trx, task: Task, error: string, atLeastUntil?: Millis): Promise<void>
  /** Gives claimed tasks back unharmed (drain): the claim is not counted as a crash. */
  release(tasks: Task[]): Promise<void>
  /** Takes back the tasks of dead workers and returns those that were quarantined since the last sweep. */
  sweep(): Promise<EndedTask[]>
  /** `wake` is called soon after tasks were committed, by this process or another one, and when delayed ones come due. Returns a function that stops it. */
  onWork(name: string, wake: () => void): () => void
  /** Tasks that wait or run: for health and the high-water mark. */
  depth(name: string): Promise<number>
  /** How long the oldest task of this name has been due, in milliseconds; 0 when none is. Those that a worker holds count too: it may hang. */
  oldest(name: string): Promise<Millis>
  /** Tasks of unknown kinds that wait or run. */
  unknown(): Promise<UnknownTasks[]>
  /** The name of this process as an owner of leases; valid after `start`. */
  owner(): string
  /** Of these owners, those whose process has certainly ended. */
  dead(owners: string[]): Promise<string[]>
  /** Takes back the tasks of dead predecessors. Nothing else may be called before. */
  start(): Promise<void>
  /** Stops waking and notifies the other nodes that this one has ended; `release` the remaining claims first. */
  stop(): Promise<void>
}
