import type { RawBuilder } from 'kysely'
import type { IdPrefix } from '../../domain/id.ts'
import type { Bytes } from '../schema/columns.ts'
import type { Db, Tables, Trx } from '../schema.ts'
import type { EventKeys } from './event-keys.ts'

export type Engine = 'sqlite' | 'postgres'

/**
 * Column name -> type, for rows that are given as values. `id`: a public id (`evt_…`) or the hash of an address (32 hex digits), stored as its 16
 * bytes.
 */
export type Columns = { [column: string]: 'text' | 'integer' | 'id' }

/** Rows for a table. Every row has every column, null where it has no value. */
export interface Insert {
  table: keyof Tables
  columns: Columns
  rows: readonly object[]
}

/** Maximum bytes of one notification; PostgreSQL refuses 8000 (https://www.postgresql.org/docs/current/sql-notify.html), and ours have a prefix of nine. */
export const MAX_PAYLOAD = 7990

/** All differences between the two engines. No other file of storage/ tests which engine it runs on. */
export interface Dialect {
  readonly engine: Engine
  /** Writes, and reads that must see them. */
  readonly db: Db
  /** Reads for inbox and console that must not wait for a writer; the same as `db` on PostgreSQL. */
  readonly reads: Db
  /** Whether two transactions can write at once. SQLite has one writer, on the thread of the hub. */
  readonly parallel: boolean
  /** Groups of reports that may be in commit at once. Where it is 1 there is one writer, and the outcomes of deliveries share their transactions. */
  readonly writers: number
  /** `… in ${among(ids)}`: a list of any length as one parameter, so the statement stays cached. */
  among(values: string[]): RawBuilder<string>
  /** `where id = ${bytesOf('evt', id)}`: nothing equals it when `id` is no id of this kind. */
  bytesOf(prefix: IdPrefix, id: string): RawBuilder<Bytes>
  /** `… in ${amongIds('evt', ids)}`: as `among`, for a column with the bytes of public ids. */
  amongIds(prefix: IdPrefix, ids: readonly string[]): RawBuilder<Bytes>
  /** `${publicId('evt', 'events.id')}`: the public id that a column stores; null where it holds none. */
  publicId<T extends string | null = string>(prefix: IdPrefix, column: string | RawBuilder<unknown>): RawBuilder<T>
  /**
   * `where id ${oneOf(sql`select …`)}`: one of a few rows that a subquery selects. PostgreSQL evaluates it first and looks each up by
   * index; with a plain `in` it joined the whole table while it believed that table to be small.
   */
  oneOf(query: RawBuilder<unknown>): RawBuilder<boolean>
  /**
   * A derived table from rows, as one parameter: `from ${table(rows, {id: 'text'}, 'o')}`. Write `where true` before `on conflict`:
   * otherwise SQLite reads `on` as the start of a join.
   */
  table(rows: readonly object[], columns: Columns, alias: string): RawBuilder<unknown>
  /** The same transaction, for statements that do not depend on each other: those begun together take one round trip. */
  pipelined(trx: Trx): Promise<Trx>
  /** Inserts inside `trx`, each into a different table; existing rows are kept. Returns the number of new rows in the first table. */
  insert(trx: Trx, inserts: readonly Insert[]): Promise<number>
  /**
   * The same as the last statement of `trx`: it is sent together with the commit, in one round trip. Its failure is that of the commit. It may
   * not be read back.
   */
  insertWithCommit(trx: Trx, inserts: readonly Insert[]): Promise<void>
  /**
   * Updates rows inside `trx`, each with its own values: in `set` and `where` these are `r.<column>`. Qualify the table's own columns on
   * the right-hand side with its name. Returns how many rows were changed.
   */
  update(trx: Trx, table: keyof Tables, columns: Columns, rows: readonly object[], change: { set: string; where: string }): Promise<number>
  /** `for update skip locked` where several nodes claim rows; empty on SQLite. */
  readonly skipLocked: RawBuilder<unknown>
  /**
   * A column of `returning` or `select` that disables waiting for the disk at this transaction's commit: only for leases. A lease lost in a
   * server crash is useless anyway, because its row is claimed again; acknowledged or finished work always waits.
   */
  readonly hasty: RawBuilder<unknown>
  /** `for update` where rows are read to be changed; empty on SQLite, which has one writer. */
  readonly locked: RawBuilder<unknown>
  /** `for key share` where rows are read that others are about to refer to, and must not be deleted meanwhile; empty on SQLite. */
  readonly referred: RawBuilder<unknown>
  readonly eventKeys: EventKeys
  /** `count` ascending numbers, which nothing else gets: for events and notifications (`n`), and for the changes of notifications. */
  numbers(trx: Trx, count: number): Promise<number[]>
  /** Notifies every listener, on this node and the others, once `trx` has committed. `payload` is at most `MAX_PAYLOAD` bytes. */
  notify(trx: Trx, channel: string, payload: string): Promise<void>
  /**
   * Listens to notifications from other nodes and this one. `gap` is called when the connection was down and something may have been
   * missed. Returns a function that stops listening.
   */
  listen(channel: string, heard: (payload: string) => void, gap?: () => void): () => void
  /**
   * Keeps a session of its own until the returned function is called: `begin` is run in it, and again in its successor when it breaks. Rejects when
   * the first one cannot begin. SQLite has no sessions: there nothing is done.
   */
  keepSession(begin: string): Promise<() => Promise<void>>
  /** Runs migrations one at a time over all nodes. The statements of `unhurried` may take as long as they need: an index of a large table takes minutes. */
  migrationLock<T>(run: (unhurried: Db) => Promise<T>): Promise<T>
  /**
   * Moves what was committed from SQLite's log into the file, between two transactions. SQLite does that by itself in every commit that finds
   * 1000 pages there, and holds the event loop for all of them. PostgreSQL does it in a process of its own.
   */
  tidy(): Promise<void>
  /** Throws when a committed row could be lost at power failure. */
  checkDurability(): Promise<{ setting: string; value: string }>
  /** Free bytes on the data's disk, or null when the engine cannot know. */
  freeBytes(): Promise<number | null>
  close(): Promise<void>
}
