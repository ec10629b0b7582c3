import { failed, healthy, isHealthy, succeeded } from '../../connections/health.ts'
import type { TargetHealth } from '../../domain/connection.ts'
import type { Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { TargetHealthTable, Trx } from '../schema.ts'

export interface HealthStore {
  all(): Promise<TargetHealth[]>
  /** Reads the rows of these targets for a change in the same transaction. */
  forChange(trx: Trx, targets: string[]): Promise<Map<string, TargetHealth>>
  /** Writes these rows; a healthy target has none. */
  save(trx: Trx, rows: TargetHealth[], forget: string[]): Promise<void>
}

export function createHealthStore(dialect: Dialect): HealthStore {
  return {
    all: async () => (await dialect.db.selectFrom('target_health').selectAll().execute()).map(toHealth),
    async forChange(trx, targets) {
      const rows = await trx
        .selectFrom('target_health')
        .selectAll()
        .where('target', 'in', dialect.among(targets))
        .orderBy('target')
        .modifyEnd(dialect.locked)
        .execute()
      return new Map(rows.map((row) => [row.target, toHealth(row)]))
    },
    async save(trx, rows, forget) {
      for (const row of rows) {
        const values = toRow(row)
        const { target: _, ...changes } = values
        await trx
          .insertInto('target_health')
          .values(values)
          .onConflict((conflict) => conflict.column('target').doUpdateSet(changes))
          .execute()
      }
      if (forget.length > 0) await trx.deleteFrom('target_health').where('target', 'in', dialect.among(forget)).execute()
    },
  }
}

export const toHealth = (row: TargetHealthTable): TargetHealth => ({
  target: row.target,
  initialFailureAt: row.initial_failure_at,
  mostRecentFailureAt: row.most_recent_failure_at,
  level: row.level,
  blockedUntil: row.blocked_until,
  pausedUntil: row.paused_until,
  failures: row.failures,
  lastError: row.last_error,
  lastTrouble: row.last_trouble,
  ...(row.alike === null ? {} : { alike: JSON.parse(row.alike) }),
})

const toRow = (health: TargetHealth): TargetHealthTable => ({
  target: health.target,
  initial_failure_at: health.initialFailureAt,
  most_recent_failure_at: health.mostRecentFailureAt,
  level: health.level,
  blocked_until: health.blockedUntil,
  paused_until: health.pausedUntil,
  failures: health.failures,
  last_error: health.lastError,
  last_trouble: health.lastTrouble,
  alike: health.alike === undefined ? null : JSON.stringify(health.alike),
})

/** One report outside of a delivery (a manual test), applied to the row as it is now. Returns the target's health before and after. */
export async function reportHealth(
  store: HealthStore,
  trx: Trx,
  target: string,
  error: string | null,
  now: Millis,
  startedAt: Millis,
): Promise<{ before: TargetHealth; after: TargetHealth }> {
  const before = (await store.forChange(trx, [target])).get(target) ?? healthy(target)
  const after = error === null ? succeeded(before, now) : failed(before, error, now, startedAt)
  await store.save(trx, isHealthy(after) ? [] : [after], isHealthy(after) ? [target] : [])
  return { before, after }
}
