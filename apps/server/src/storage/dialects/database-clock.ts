import { sql } from 'kysely'
import type { Millis } from '../../domain/time.ts'
import type { Dialect } from './dialect.ts'

/** The database server's clock, or null on SQLite, which has none. */
export async function databaseClock({ db, engine }: Dialect): Promise<Millis | null> {
  if (engine === 'sqlite') return null
  const { rows } = await sql<{ at: Millis }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as at`.execute(db)
  return rows[0]?.at ?? null
}
