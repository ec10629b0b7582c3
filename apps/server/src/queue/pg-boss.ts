import { sql } from 'kysely'
import { fromKysely, PgBoss } from 'pg-boss'
import type { Millis } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'
import { TASK_NAMES, type TaskName } from './queue.ts'

const HOUR = 3600
const DAY = 24 * HOUR

/**
 * Starts pg-boss on our own pool, installs or upgrades its schema `pgboss`, and makes a queue per task name. Leases, retries
 * and deletion are the hub's own, so its supervisor, cron, reindexing and retention stay off; https://pgboss.io/api/constructor
 */
export async function startPgBoss(dialect: Dialect, onError: (error: unknown) => void): Promise<PgBoss> {
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
    for (const name of TASK_NAMES) await boss.createQueue(name, { retryLimit: 0, expireInSeconds: DAY })
  })
  for (const name of TASK_NAMES) await boss.getQueue(name)
  return boss
}

// The statements below go to pg-boss's table by ourselves: it offers none of them on its public interface.

/** Whether a job waits that pg-boss would hand out now. */
export async function waits(dialect: Dialect, name: TaskName): Promise<boolean> {
  const { rows } = await sql`select 1 from pgboss.job
    where name = ${name} and state < 'active' and not blocked and start_after <= pgboss.job_now() limit 1`.execute(dialect.db)
  return rows.length > 0
}

/** Hands active jobs back untouched, claimable after `delay`; unlike its `fail` this spends no retry. */
export async function giveBack(trx: Trx, name: TaskName, ids: string[], delay: Millis = 0): Promise<void> {
  if (ids.length > 0)
    await sql`update pgboss.job set state = 'created', started_on = null, heartbeat_on = null,
        start_after = pgboss.job_now() + ${`${delay} milliseconds`}::text::interval
      where name = ${name} and id = any(${ids}::uuid[]) and state = 'active'`.execute(trx)
}

/** Makes delayed jobs claimable now: pg-boss counts in the database's time, but what is due is said by the hub's clock. */
export async function makeDue(trx: Trx, name: TaskName, ids: string[]): Promise<void> {
  if (ids.length > 0)
    await sql`update pgboss.job set start_after = pgboss.job_now()
      where name = ${name} and id = any(${ids}::uuid[]) and start_after > pgboss.job_now()`.execute(trx)
}
