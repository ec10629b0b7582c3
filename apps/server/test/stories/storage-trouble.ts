import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import pg from 'pg'
import type { Engine } from '../../src/storage/dialects/dialect.ts'
import { sqliteFile } from '../../src/storage/open.ts'
import type { World } from './world.ts'

/** A real storage failure that a test begins and ends. */
export interface Trouble {
  begin(): Promise<void>
  end(): Promise<void>
}

/** Tables that requests and the worker insert into. */
const TABLES = ['events', 'users', 'notifications', 'sent_messages', 'topics']

/** Disk full: SQLite may not extend the file; a trigger raises PostgreSQL's `disk_full`. */
export function fullDisk(engine: Engine, { app }: World): Trouble {
  const { db } = app.dialect
  if (engine === 'postgres') return onInsert(app.dialect.db, "raise exception 'could not extend file: No space left on device' using errcode = '53100'")
  const limit = (pages: number) => sql.raw(`pragma max_page_count = ${pages}`).execute(db)
  let fillers = 0
  const fill = (bytes: number) => sql`insert into settings (key, value) values (${`filler ${fillers++}`}, ${'x'.repeat(bytes)})`.execute(db)
  return {
    async begin() {
      await limit(1) // SQLite raises it to the present size of the file
      // Use up the free pages inside the file too.
      for (const bytes of [100_000, 4000, 100])
        while (
          await fill(bytes).then(
            () => true,
            () => false,
          )
        );
    },
    async end() {
      await limit(1_000_000)
    },
  }
}

/** Unavailable: another connection locks SQLite's file; PostgreSQL terminates the connection in the middle of the transaction. */
export function away(engine: Engine, { app, databaseUrl }: World): Trouble {
  if (engine === 'postgres') return onInsert(app.dialect.db, 'perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(10)')
  let other: DatabaseSync | undefined
  return {
    async begin() {
      other = new DatabaseSync(sqliteFile(databaseUrl))
      other.exec('begin immediate')
    },
    async end() {
      other?.close()
    },
  }
}

/** Terminates every connection to this database, as a restart of the server does: the pool, LISTEN, the advisory lock of the node. */
export async function breakConnections(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')
  await client.end()
}

function onInsert(db: World['app']['dialect']['db'], does: string): Trouble {
  return {
    async begin() {
      await sql.raw(`create or replace function trouble() returns trigger language plpgsql as $$ begin ${does}; return new; end $$`).execute(db)
      for (const table of TABLES) await sql.raw(`create trigger trouble before insert on ${table} for each row execute function trouble()`).execute(db)
    },
    async end() {
      for (const table of TABLES) await sql.raw(`drop trigger trouble on ${table}`).execute(db)
    },
  }
}
