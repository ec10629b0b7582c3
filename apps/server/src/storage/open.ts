import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { codeOf, StartError } from '../domain/start-error.ts'
import type { NextCommitFault } from '../faults.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { StorageFailure } from './dialects/storage-error.ts'
import { postgresOpenError, sqliteOpenError } from './open-error.ts'

export interface OpenOptions {
  /** SQLite only: refuse a second serving process on the same file. */
  lock?: boolean
  /** PostgreSQL only: connections of the pool. */
  max?: number
  /** PostgreSQL only: called once when the server is still starting and is waited for. */
  onWaiting?: (() => void) | undefined
  /** PostgreSQL only: called for connections that broke while idle. */
  onError?: (error: Error) => void
  /** Called with the first fatal failure (`storage-error.ts`); every later statement is refused. The serving hub ends its process here. */
  onFatal?: ((failure: StorageFailure) => void) | undefined
  /** For tests: how the next commit fails. */
  commitFault?: NextCommitFault | undefined
}

/**
 * Opens the database of `CARILLON_DATABASE_URL`: `sqlite:./data/carillon.db` or `postgres://…`. Only the engine that is used is loaded. Throws a
 * `StartError` that says why it cannot be opened.
 */
export async function openDialect(databaseUrl: string, { lock, max, onError, onWaiting, ...failing }: OpenOptions = {}): Promise<Dialect> {
  if (/^postgres(ql)?:\/\//.test(databaseUrl)) {
    const { openPostgres } = await import('./dialects/postgres.ts')
    const dialect = await openPostgres(databaseUrl, { max, onError, ...failing })
    try {
      await whenStarted(dialect, onWaiting)
      return dialect
    } catch (error) {
      await dialect.close()
      throw openError(error, databaseUrl)
    }
  }
  const file = sqliteFile(databaseUrl)
  const { openSqlite } = await import('./dialects/sqlite.ts')
  return openSqlite(file, { lock: lock ?? false, ...failing }).catch((error: unknown) => {
    throw error instanceof StartError ? error : openError(error, databaseUrl)
  })
}

/** Why this database cannot be used, for whoever started the program: a `StartError` where that is known, else the error itself. */
export const openError = (error: unknown, databaseUrl: string): unknown =>
  databaseUrl.startsWith('sqlite:') ? sqliteOpenError(error, sqliteFile(databaseUrl)) : postgresOpenError(error, databaseUrl)

/** How long a server that says that it is starting is waited for, and between two looks; milliseconds. */
const STARTING = { most: 60_000, look: 500 }

/** The first statement; again and again while the server says that it is starting, as after a crash or beside it in one compose file. */
async function whenStarted({ db }: Dialect, onWaiting: () => void = () => {}): Promise<void> {
  for (let looks = 0; ; looks++)
    try {
      await sql`select 1`.execute(db)
      return
    } catch (error) {
      if (codeOf(error) !== '57P03' || looks * STARTING.look >= STARTING.most) throw error
      if (looks === 0) onWaiting()
      await pause(STARTING.look)
    }
}

/** The file of a `sqlite:` URL; throws for any other text. */
export function sqliteFile(databaseUrl: string): string {
  const file = /^sqlite:(?:\/\/(?=\/))?(?<file>[^?]+)$/.exec(databaseUrl)?.groups?.['file']
  if (!file || file === ':memory:') throw new StartError('CARILLON_DATABASE_URL must be sqlite:<file> or postgres://user:password@host:port/database')
  return file
}
