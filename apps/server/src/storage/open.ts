import type { Dialect } from './dialects/dialect.ts'

export interface OpenOptions {
  /** SQLite only: refuse a second serving process on the same file. */
  lock?: boolean
  /** PostgreSQL only: connections of the pool. */
  max?: number
  /** PostgreSQL only: hears of connections that broke while idle. */
  onError?: (error: Error) => void
}

/** Opens what `CARILLON_DATABASE_URL` names: `sqlite:./data/carillon.db` or `postgres://…`. Only the engine that is used is loaded. */
export async function openDialect(databaseUrl: string, { lock, max, onError }: OpenOptions = {}): Promise<Dialect> {
  if (/^postgres(ql)?:\/\//.test(databaseUrl)) {
    const { openPostgres } = await import('./dialects/postgres.ts')
    return openPostgres(databaseUrl, { ...(max === undefined ? {} : { max }), ...(onError ? { onError } : {}) })
  }
  const file = sqliteFile(databaseUrl)
  const { openSqlite } = await import('./dialects/sqlite.ts')
  return openSqlite(file, { lock: lock ?? false })
}

/** The file of a `sqlite:` URL; throws for any other text. */
export function sqliteFile(databaseUrl: string): string {
  const file = /^sqlite:(?:\/\/(?=\/))?(?<file>[^?]+)$/.exec(databaseUrl)?.groups?.['file']
  if (!file || file === ':memory:') throw new Error('CARILLON_DATABASE_URL must be sqlite:<file> or postgres://user:password@host:port/database')
  return file
}
