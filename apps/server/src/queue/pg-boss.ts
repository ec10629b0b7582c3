import { type RawBuilder, sql } from 'kysely'
import { fromKysely, PgBoss } from 'pg-boss'
import type { UnknownTasks } from '../domain/task.ts'
import type { Millis } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'

const HOUR = 3600
const DAY = 24 * HOUR

/**
 * Starts pg-boss on our own pool, installs or upgrades its schema `pgboss`, and makes a queue per kind of task. Leases, retries
 * and deletion are the hub's own, so its supervisor, cron, reindexing and retention stay off; https://pgboss.io/api/constructor
 */
export async function startPgBoss(dialect: Dialect, names: readonly string[], onError: (error: unknown) => void): Promise<PgBoss> {
  const boss = new PgBoss({
    db: fromKysely(dialect.db),
    schema: 'pgboss',
    supervise: false,
    schedule: false,
    reindex: false,
    monitorVacuum: false,
    useListenNotify: false,
    bamIntervalSeconds: DAY,
    queueCacheIntervalSeconds: HOUR,
  })
  boss.on('error', onError)
  await dialect.migrationLock(async () => {
    await boss.start()
    for (const name of names) await boss.createQueue(name, { retryLimit: 0, expireInSeconds: DAY })
  })
  for (const name of names) await boss.getQueue(name)
  return boss
}

/**
 * Runs pg-boss's own statement that hands out jobs inside one of ours, so that handing out and claiming cost one round trip and one
 * commit. `claim` gets the statement, which returns `id`, `data`, `priority` and `createdOn` of the jobs it handed out.
 */
export async function handOut<Row>(boss: PgBoss, name: string, batchSize: number, claim: (handOut: RawBuilder<unknown>) => Promise<Row[]>): Promise<Row[]> {
  let rows: Row[] = []
  await boss.fetch(name, {
    batchSize,
    includeMetadata: true,
    db: {
      async executeSql(text) {
        rows = await claim(sql.raw(text)) // queues without a policy have no parameters
        return { rows: [] }
      },
    },
  })
  return rows
}

// The statements below address pg-boss's table directly: its public interface offers none of them.

/** Whether a job waits that pg-boss would hand out now. */
export async function waits(dialect: Dialect, name: string): Promise<boolean> {
  const { rows } = await sql`select 1 from pgboss.job
    where name = ${name} and state < 'active' and not blocked and start_after <= pgboss.job_now() limit 1`.execute(dialect.db)
  return rows.length > 0
}

/** How long the oldest job has been due that waits or that a node holds, by the database's clock, in milliseconds. */
export async function oldestDue(dialect: Dialect, name: string): Promise<Millis> {
  const { rows } = await sql<{ age: number }>`select coalesce(floor(extract(epoch from pgboss.job_now() - min(start_after)) * 1000), 0)::bigint as age from (
    select min(start_after) as start_after from pgboss.job where name = ${name} and state < 'active' and start_after <= pgboss.job_now()
    union all select start_after from pgboss.job where name = ${name} and id in (select task::uuid from work_claims where name = ${name} and node is not null)) as due`.execute(
    dialect.db,
  )
  return Math.max(rows[0]?.age ?? 0, 0)
}

/** Returns active jobs untouched, claimable after `delay`; unlike pg-boss's `fail` this uses up no retry. */
export async function giveBack(trx: Trx, name: string, ids: string[], delay: Millis = 0): Promise<void> {
  if (ids.length > 0)
    await sql`update pgboss.job set state = 'created', started_on = null, heartbeat_on = null,
        start_after = pgboss.job_now() + ${`${delay} milliseconds`}::text::interval
      where name = ${name} and id = any(${ids}::uuid[]) and state = 'active'`.execute(trx)
}

/** Counts waiting and running jobs of every kind but these. Queues of pg-boss's own begin with `__pgboss__`. */
export async function othersThan(dialect: Dialect, names: readonly string[]): Promise<UnknownTasks[]> {
  const { rows } = await sql<UnknownTasks>`select name, (select count(*) from pgboss.job where job.name = queue.name and state < 'completed') as count
    from pgboss.queue where not (name = any(${names}::text[])) and name not like '\\_\\_pgboss%' order by name`.execute(dialect.db)
  return rows.filter(({ count }) => count > 0)
}
