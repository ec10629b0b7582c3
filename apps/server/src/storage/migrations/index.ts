import type { Kysely } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'
import { up as tables } from './0001-tables.ts'

export interface Migration {
  /** Never changed once released: it is how a database remembers. */
  name: string
  up: (db: Kysely<never>, engine: Engine) => Promise<void>
}

/** In the order in which they run; new ones are added at the end. */
export const migrations: readonly Migration[] = [{ name: '0001-tables', up: tables }]

/** The first migration of the versions before the first release. Their tables are not read: no row of theirs has the keys of these. */
export const BEFORE_RELEASE = '0001-spine'
