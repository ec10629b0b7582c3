import { sql } from 'kysely'
import type { NewTask } from '../domain/task.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'
import { PRESENCE } from './presence.ts'

const BATCH = 200

interface Row {
  name: string
  ref: string
  due_at: number | null
  priority: number
}

/** The tasks that wait or run as `trx` sees them, in the order in which they were enqueued; those that were given up are left out. For backups. */
export async function* waitingTasks({ engine }: Pick<Dialect, 'engine'>, trx: Trx): AsyncGenerator<NewTask[]> {
  for await (const rows of engine === 'sqlite' ? ofSqlite(trx) : ofPostgres(trx))
    yield rows.map(({ name, ref, due_at, priority }) => ({ name, ref, priority, ...(due_at !== null && { dueAt: due_at }) }))
}

async function* ofSqlite(trx: Trx): AsyncGenerator<Row[]> {
  for (let after = 0; ; ) {
    const rows = await trx
      .selectFrom('work')
      .select(['id', 'name', 'ref', 'due_at', 'priority'])
      .where('id', '>', after)
      .where('quarantined', 'is', null)
      .orderBy('id')
      .limit(BATCH)
      .execute()
    yield rows
    if (rows.length < BATCH) return
    after = rows.at(-1)!.id
  }
}

/** By a cursor, because no index has this order. pg-boss installs its schema at the first start of a hub. */
async function* ofPostgres(trx: Trx): AsyncGenerator<Row[]> {
  const { rows: installed } = await sql<{ there: boolean }>`select to_regclass('pgboss.job') is not null as there`.execute(trx)
  if (installed[0]?.there !== true) return
  await sql`declare waiting_tasks no scroll cursor for
    select j.name, j.data ->> 'ref' as ref, c.due_at, j.priority from pgboss.job j left join work_claims c on c.task = j.id::text
    where j.state < 'completed' and j.name not like '\\_\\_pgboss%' order by j.created_on, j.data ->> 'ref'`.execute(trx)
  for (;;) {
    const { rows } = await sql<Row>`fetch ${sql.lit(BATCH)} from waiting_tasks`.execute(trx)
    yield rows
    if (rows.length < BATCH) break
  }
  await sql`close waiting_tasks`.execute(trx)
}

/** The nodes that run on this database, by their names. A SQLite file is locked by its hub instead. */
export async function nodesRunning({ engine, db }: Pick<Dialect, 'engine' | 'db'>): Promise<string[]> {
  if (engine === 'sqlite') return []
  const { rows } = await sql<{ node: string }>`select objid::text as node from pg_locks where locktype = 'advisory' and granted
    and classid = ${PRESENCE}::bigint::oid and objsubid = 2 and database = (select oid from pg_database where datname = current_database())`.execute(db)
  return rows.map(({ node }) => node)
}
