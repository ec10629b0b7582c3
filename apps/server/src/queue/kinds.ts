import { counted } from '../domain/counted.ts'
import { type EndedTask, MAX_CRASHES, type TaskKind, type TaskKinds } from '../domain/task.ts'

/** Throws for a kind that the queue was not opened with. */
export function kindOf<Trx>(kinds: TaskKinds<Trx>, name: string): TaskKind<Trx> {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind === undefined) throw new Error(`There is no handler for tasks of kind "${name}"`)
  return kind
}

/** Tells the kinds, in `trx`, about tasks that crashed too often. Returns these tasks with the reason that an operator reads. */
export async function quarantine<Trx>(
  kinds: TaskKinds<Trx>,
  trx: Trx,
  tasks: readonly { id: string; name: string; ref: string; attempts: number }[],
): Promise<EndedTask[]> {
  const ended = tasks.map(({ id, name, ref, attempts }) => ({ id, name, ref, error: crashed(attempts) }))
  for (const task of ended) await kindOf(kinds, task.name).quarantined(trx, task)
  return ended
}

const crashed = (attempts: number): string =>
  `Given up: the process that worked on it ended ${MAX_CRASHES} times in a row without a result (${counted(attempts, 'attempt')} in all). Look at the log of those times before it is tried again.`
