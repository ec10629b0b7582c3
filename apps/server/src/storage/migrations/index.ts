import type { Kysely } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'
import { up as tables } from './0001-hub.ts'

export interface Migration {
  /** Never changed once released: it is how a database remembers. */
  name: string
  up: (db: Kysely<never>, engine: Engine) => Promise<void>
}

/** In the order in which they run; new ones are added at the end. */
export const migrations: readonly Migration[] = [{ name: '0001-hub', up: tables }]

/**
 * First migrations of versions before the first release. Their tables are not read: they have other keys, or lack columns. When the tables of a
 * migration change before its release, it gets another name, and the old one is added here.
 */
export const BEFORE_RELEASE: readonly string[] = ['0001-spine', '0001-tables']
