import { openDialect } from '../../apps/server/src/storage/open.ts'
import type { Database } from './database.ts'

/** Blocks every connection for an hour, or unblocks them, while no hub runs: work is then planned but not sent. */
export async function setBlocked(database: Database, blocked: boolean): Promise<void> {
  const dialect = await openDialect(database.url)
  await dialect.db.deleteFrom('target_health').execute()
  if (blocked) {
    const now = Date.now()
    const connections = await dialect.db.selectFrom('connections').select('id').execute()
    await dialect.db
      .insertInto('target_health')
      .values(
        connections.map(({ id }) => ({
          target: id,
          initial_failure_at: now,
          most_recent_failure_at: now,
          level: 3,
          blocked_until: now + 3_600_000,
          failures: 9,
          last_error: 'blocked by the bench',
        })),
      )
      .execute()
  }
  await dialect.close()
}

/** Resolves when this many deliveries are queued. */
export async function untilQueued(database: Database, count: number, atMostMs = 300_000): Promise<void> {
  const dialect = await openDialect(database.url)
  for (const began = Date.now(); ; ) {
    const { n } = await dialect.reads
      .selectFrom('deliveries')
      .select((row) => row.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow()
    if (n >= count) break
    if (Date.now() - began > atMostMs) throw new Error(`only ${n} of ${count} deliveries were planned`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await dialect.close()
}
