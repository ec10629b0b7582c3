import type { NextCommitFault } from '../faults.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { StorageFailure } from './dialects/storage-error.ts'

export interface OpenOptions {
  /** SQLite only: refuse a second serving process on the same file. */
  lock?: boolean
  /** PostgreSQL only: connections of the pool. */
  max?: number
  /** PostgreSQL only: called for connections that broke while idle. */
  onError?: (error: Error) => void
  /** Called with the first fatal failure (`storage-error.ts`); every later statement is refused. The serving hub ends its process here. */
  onFatal?: ((failure: StorageFailure) => void) | undefined
  /** For tests: how the next commit fails. */
  commitFault?: NextCommitFault | undefined
}

/** Opens the database of `CARILLON_DATABASE_URL`: `sqlite:./data/carillon.db` or `postgres://…`. Only the engine that is used is loaded. */
export async function openDialect(databaseUrl: string, { lock, max, onError, ...failing }: OpenOptions = {}): Promise<Dialect> {
  if (/^postgres(ql)?:\/\//.test(databaseUrl)) {
    const { openPostgres } = await import('./dialects/postgres.ts')
    return openPostgres(databaseUrl, { max, onError, ...failing })
  }
  const file = sqliteFile(databaseUrl)
  const { openSqlite } = await import('./dialects/sqlite.ts')
  return openSqlite(file, { lock: lock ?? false, ...failing })
}

/** The file of a `sqlite:` URL; throws for any other text. */
export function sqliteFile(databaseUrl: string): string {
  const file = /^sqlite:(?:\/\/(?=\/))?(?<file>[^?]+)$/.exec(databaseUrl)?.groups?.['file']
  if (!file || file === ':memory:') throw new Error('CARILLON_DATABASE_URL must be sqlite:<file> or postgres://user:password@host:port/database')
  return file
}
