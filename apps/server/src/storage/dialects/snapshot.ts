import { sql } from 'kysely'
import type { Trx } from '../schema.ts'
import type { Dialect } from './dialect.ts'

/**
 * Reads in one transaction that sees the database as it was at its first statement, while others go on writing. SQLite: a transaction of the
 * reading connection sees one state of the write-ahead log, https://www.sqlite.org/isolation.html
 */
export const inSnapshot = <T>({ engine, reads }: Dialect, run: (trx: Trx) => Promise<T>): Promise<T> =>
  reads.transaction().execute(async (trx) => {
    if (engine === 'postgres') {
      await sql`set transaction isolation level repeatable read, read only`.execute(trx)
      // The reader may be busy with a file for minutes between two statements; the server would end a transaction that looks forgotten.
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx)
    }
    return run(trx)
  })
