import type { Millis } from './time.ts'

/** Crashes in a row after which a task or a delivery is quarantined. */
export const MAX_CRASHES = 3

export interface NewTask {
  /** The kind: which handler works on it. Stored, so a kind is never renamed. */
  name: string
  /** The object of the work; for `fan-out` an event id. */
  ref: string
  /** Not before this time; absent = now. */
  dueAt?: Millis
  /** Higher first. */
  priority?: number
}

export interface Task {
  id: string
  name: string
  ref: string
  /** Times this task was claimed, this one included. The claim raises it, so a task that kills the process is counted. */
  attempt: number
}

/** A task that was given up; it stays stored with its error for an operator. */
export interface EndedTask {
  id: string
  name: string
  ref: string
  error: string
}

/** Tasks of a kind that this program does not know: another version wrote them. */
export interface UnknownTasks {
  name: string
  count: number
}

/**
 * How tasks of one kind fail. `Trx` is the transaction of the store: a handler's writes are committed together with the end of the task.
 * A `TaskWork` (flow/task-loop.ts) says how they are worked on.
 */
export interface TaskKind<Trx> {
  /** When a task whose attempt failed is tried again, milliseconds; null = it is given up. */
  retryAt(task: Task, now: Millis): Millis | null
  /** Its last attempt failed. */
  givenUp(trx: Trx, task: EndedTask): Promise<void>
  /** It was being worked on at `MAX_CRASHES` crashes in a row. */
  quarantined(trx: Trx, task: EndedTask): Promise<void>
}

/** Every kind that this program works on, by name. Tasks of any other kind belong to another version and are left alone. */
export type TaskKinds<Trx> = Readonly<Record<string, TaskKind<Trx>>>
