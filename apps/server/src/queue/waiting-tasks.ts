import { sql } from 'kysely'
import type { NewTask } from '../domain/task.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'
import { PRESENCE } from './presence.ts'

const BATCH = 200

/** The tasks that wait or run as `trx` sees them, in the order in which they were enqueued; those that were given up are left out. For backups. */
export async function* waitingTasks(trx: Trx): AsyncGenerator<NewTask[]> {
  for (let after = 0; ; ) {
    const rows = await trx
      .selectFrom('work')
      .select(['id', 'name', 'ref', 'due_at', 'priority'])
      .where('id', '>', after)
      .where('quarantined', 'is', null)
      .orderBy('id')
      .limit(BATCH)
      .execute()
    yield rows.map(({ name, ref, due_at, priority }) => ({ name, ref, priority, dueAt: due_at }))
    if (rows.length < BATCH) return
    after = rows.at(-1)!.id
  }
}

/** The nodes that run on this database, by their names. A SQLite file is locked by its hub instead. */
export async function nodesRunning({ engine, db }: Pick<Dialect, 'engine' | 'db'>): Promise<string[]> {
  if (engine === 'sqlite') return []
  const { rows } = await sql<{ node: string }>`select objid::text as node from pg_locks where locktype = 'advisory' and granted
    and classid = ${PRESENCE}::bigint::oid and objsubid = 2 and database = (select oid from pg_database where datname = current_database())`.execute(db)
  return rows.map(({ node }) => node)
}
