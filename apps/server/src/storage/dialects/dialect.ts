import type { RawBuilder } from 'kysely'
import type { Db, Tables, Trx } from '../schema.ts'

export type Engine = 'sqlite' | 'postgres'

/** Column name -> type, for rows handed over as one JSON text. */
export type Columns = { [column: string]: 'text' | 'integer' }

/** Rows for a table. Each has every column, or null for those it lacks. */
export interface Insert {
  table: keyof Tables
  columns: Columns
  rows: readonly object[]
}

/** Bytes of one notification; PostgreSQL refuses 8000 (https://www.postgresql.org/docs/current/sql-notify.html), and ours are signed with nine. */
export const MAX_PAYLOAD = 7990

/** Everything in which the two engines differ. No other file of storage/ asks which one it runs on. */
export interface Dialect {
  readonly engine: Engine
  /** Writes, and reads that must see them. */
  readonly db: Db
  /** Reads for inbox and console that may not wait for a writer; the same as `db` on PostgreSQL. */
  readonly reads: Db
  /** Whether a read on `reads` goes on while a transaction writes; on SQLite both take their turns on one thread. */
  readonly parallel: boolean
  /** `… in ${among(ids)}`: a list of any length as one parameter, so the statement stays cached. */
  among(values: string[]): RawBuilder<string>
  /**
   * `where id ${oneOf(sql`select …`)}`: one of a few that a query chose. Read before the rest, so that PostgreSQL looks each up by index; as a
   * plain `in` it joined them to the whole table as long as it took that for small.
   */
  oneOf(query: RawBuilder<unknown>): RawBuilder<boolean>
  /**
   * A derived table made of rows, one parameter: `from ${table(rows, {id: 'text'}, 'o')}`. Before `on conflict` write
   * `where true`: SQLite would read `on` as the beginning of a join.
   */
  table(rows: readonly object[], columns: Columns, alias: string): RawBuilder<unknown>
  /** Inserts inside `trx`, all into different tables, and leaves the rows that are there already. Answers how many of the first table were new. */
  insert(trx: Trx, inserts: readonly Insert[]): Promise<number>
  /**
   * Changes rows inside `trx`, each by its own values: in `set` and `where` these are `r.<column>`. Columns of the table that stand on
   * the right are written with its name.
   */
  update(trx: Trx, table: keyof Tables, columns: Columns, rows: readonly object[], change: { set: string; where: string }): Promise<void>
  /** `for update skip locked` where rows are claimed by several nodes; empty on SQLite. */
  readonly skipLocked: RawBuilder<unknown>
  /**
   * A column of `returning` or `select` with which the commit of this transaction does not wait for the disk: for leases alone. One that
   * is lost when the server dies was of no use any more, because its row is claimed again; what was acknowledged or done is never hasty.
   */
  readonly hasty: RawBuilder<unknown>
  /** `for update` where rows are read to be changed; empty on SQLite, whose one writer is alone anyway. */
  readonly locked: RawBuilder<unknown>
  /** `count` numbers from the sequence behind `notifications.changed`, rising. */
  changes(trx: Trx, count: number): Promise<number[]>
  /** Tells every listener, on this node and the others, once `trx` has committed. `payload` is at most `MAX_PAYLOAD` bytes. */
  notify(trx: Trx, channel: string, payload: string): Promise<void>
  /**
   * Hears what other nodes (and this one) told. `gap` is called when the line was down and something may have been missed.
   * Answers a function that stops it.
   */
  listen(channel: string, heard: (payload: string) => void, gap?: () => void): () => void
  /** Runs migrations one at a time over all nodes. */
  migrationLock<T>(run: () => Promise<T>): Promise<T>
  /** Throws when a committed row could be lost at power failure. */
  checkDurability(): Promise<{ setting: string; value: string }>
  /** Free bytes where the data lies, or null when the engine cannot know. */
  freeBytes(): Promise<number | null>
  close(): Promise<void>
}
