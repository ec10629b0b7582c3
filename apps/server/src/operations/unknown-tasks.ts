import type { UnknownTasks } from '../domain/task.ts'
import type { Log } from '../log.ts'

/** Logs, once for each kind, that tasks are left alone because this version does not know their kind. */
export function createUnknownTaskReport(unknown: () => Promise<UnknownTasks[]>, log: Pick<Log, 'warn'>): () => Promise<void> {
  const reported = new Set<string>()
  return async () => {
    for (const { name, count } of await unknown()) {
      if (reported.has(name)) continue
      reported.add(name)
      log.warn({ kind: name, tasks: count }, 'tasks of an unknown kind are left alone: they wait for the version of Carillon that wrote them')
    }
  }
}
