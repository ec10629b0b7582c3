import { Kysely, sql } from 'kysely'
import type pg from 'pg'
import type { NextCommitFault } from '../../faults.ts'
import type { Db, Tables } from '../schema.ts'
import { type Columns, type Dialect, MAX_PAYLOAD } from './dialect.ts'
import { createGuard } from './guard.ts'
import { hexed, hexes, hexOf } from './ids.ts'
import { keepSession } from './kept-session.ts'
import { NullComparisonPlugin } from './null-comparison.ts'
import { createClients } from './postgres-clients.ts'
import { notifyWithCommit, PreparingPostgresDialect, withCommit } from './postgres-connection.ts'
import { postgresEventKeys } from './postgres-event-keys.ts'
import { insertTogether, POSTGRES_TYPES } from './postgres-insert.ts'
import { createListener } from './postgres-listener.ts'
import { pipelined } from './postgres-pipelined.ts'
import type { StorageFailure } from './storage-error.ts'

export interface PostgresOptions {
  /** Connections of the pool. */
  max?: number | undefined
  /** Hears of idle connections that broke; the pool replaces them by itself. */
  onError?: ((error: Error) => void) | undefined
  /** Called with the first fatal failure; every later statement is refused. */
  onFatal?: ((failure: StorageFailure) => void) | undefined
  /** For tests: how the next commit fails. */
  commitFault?: NextCommitFault | undefined
  /** For tests: how long a server may be silent. */
  patience?: Patience | undefined
}

/** Milliseconds. */
interface Patience {
  /** Until a connection is open, or one of the pool is free. */
  connect: number
  /** One statement; the server itself ends it. */
  statement: number
  /** More than `statement`: until the server has said so, else it is away. */
  answer: number
  /** How often the server is asked whether it is there, and how long it may take to say so. */
  ask: number
  presence: number
}

const PATIENCE: Patience = { connect: 10_000, statement: 30_000, answer: 32_000, ask: 5000, presence: 10_000 }

/**
 * Planner settings: every statement of the hub uses an index, but until a table is analyzed (a minute) the server assumes its old size and
 * scans all of it: with 300,000 deliveries planned in that minute a claim took 10 s instead of 17 ms. JIT compilation only helps long
 * queries. `options` in the URL replace these settings.
 */
const SESSION = '-c enable_seqscan=off -c jit=off'
const INT8 = 20
/** Also lifts the limits that an administrator has set for the role. */
const UNLIMITED = 'set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0'
/** An arbitrary number, the same on all nodes. */
const MIGRATION_LOCK = 7_426_001
/** Accepted values of `synchronous_commit`: the commit waits for the disk, here or also on a standby. */
const DURABLE = ['on', 'remote_apply', 'remote_write']

/** Opens a pool. `url` is a `postgres://` URL; TLS and the like are said in it, as pg-connection-string reads them. */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Dialect> {
  const { max = 10, onError = () => {}, onFatal, commitFault = () => null, patience = PATIENCE } = options
  // Loaded here and not above, so that installations on SQLite do not carry it.
  const { default: driver } = await import('pg')
  const settings: pg.ClientConfig = {
    connectionString: url,
    options: SESSION,
    application_name: 'carillon',
    keepAlive: true,
    connectionTimeoutMillis: patience.connect,
  }
  const types: pg.CustomTypesConfig = {
    // int8 holds our times and counters, all far below 2^53. Set only on our pool, because the process shares pg's default parsers.
    getTypeParser: (oid: number, format?: 'text' | 'binary') => (oid === INT8 && format !== 'binary' ? Number : driver.types.getTypeParser(oid, format)),
  }
  const clients = createClients(driver, onError)
  const { Client, cut } = clients
  const pool = new driver.Pool({
    ...settings,
    Client,
    types,
    max,
    pipeline: true,
    statement_timeout: patience.statement,
    query_timeout: patience.answer,
    idle_in_transaction_session_timeout: 2 * patience.statement,
  })
  pool.on('error', () => {}) // each client has told it
  const sessions = {
    newClient: () =>
      new Client({
        ...settings,
        // While the server is silent this is the only one that tries, and everybody waits for it.
        connectionTimeoutMillis: clients.silent() ? Math.min(patience.connect, 3000) : patience.connect,
        statement_timeout: patience.presence,
        query_timeout: patience.presence,
      }),
    ask: patience.ask,
    onSilence: cut,
    onWord: clients.heard,
  }
  const listener = createListener(sessions)
  const shared = { ears: listener, guard: createGuard(onFatal), commitFault, take: clients.take }
  const plugins = [new NullComparisonPlugin()]
  const kysely = new PreparingPostgresDialect(pool, shared)
  const db: Db = new Kysely<Tables>({ dialect: kysely, plugins })

  return {
    engine: 'postgres',
    db,
    reads: db,
    parallel: true,
    writers: 4,
    skipLocked: sql`for update skip locked`,
    hasty: sql`set_config('synchronous_commit', 'off', true) as hasty`,
    locked: sql`for update`,
    referred: sql`for key share`,
    eventKeys: postgresEventKeys(db),
    among: (values) => sql`(select unnest(${values}::text[]))`,
    bytesOf: (prefix, id) => sql`${hexOf(prefix, id)}::uuid`,
    amongIds: (prefix, ids) => sql`(select unnest(${hexes(prefix, ids)}::uuid[]))`,
    publicId: (prefix, column) => sql`${sql.lit(`${prefix}_`)} || replace((${typeof column === 'string' ? sql.ref(column) : column})::text, '-', '')`,
    oneOf: (query) => sql`= any(array(${query}))`,
    table: asTable,
    pipelined: (trx) => pipelined(trx, kysely, plugins),
    async insert(trx, inserts) {
      return Number((await insertTogether(inserts).execute(trx)).numAffectedRows)
    },
    async insertWithCommit(trx, inserts) {
      await trx.executeQuery(withCommit(insertTogether(inserts).compile(trx)))
    },
    async update(trx, table, columns, rows, { set, where }) {
      const changed = await sql`update ${sql.table(table)} set ${sql.raw(set)} from ${asTable(rows, columns, 'r')} where ${sql.raw(where)}`.execute(trx)
      return Number(changed.numAffectedRows)
    },
    async numbers(trx, count) {
      const { rows } = await sql<{ n: number }>`select nextval('numbers') as n from generate_series(1, ${count}::bigint)`.execute(trx)
      return rows.map(({ n }) => n)
    },
    async notify(trx, channel, payload) {
      if (Buffer.byteLength(payload) > MAX_PAYLOAD) throw new RangeError(`A notification may have ${MAX_PAYLOAD} bytes`)
      await trx.executeQuery(notifyWithCommit(channel, payload))
    },
    listen: listener.listen,
    async migrationLock(run) {
      const unlimited = async (client: pg.ClientBase) => void (await client.query(UNLIMITED))
      // Neither is from the pool: a pool of one would deadlock, and its statements are limited.
      const holder = new Client(settings)
      const own = new driver.Pool({ ...settings, Client, types, max: 1, onConnect: unlimited })
      own.on('error', () => {})
      try {
        await holder.connect()
        await unlimited(holder)
        await holder.query(`select pg_advisory_lock(${MIGRATION_LOCK})`)
        return await run(new Kysely<Tables>({ dialect: new PreparingPostgresDialect(own, shared), plugins }))
      } finally {
        await own.end()
        await holder.end() // the lock ends with its session
      }
    },
    async keepSession(begin) {
      const session = keepSession({
        ...sessions,
        async begin(client) {
          await client.query(begin)
        },
      })
      await session.opened.catch(async (error: unknown) => {
        await session.close()
        throw error
      })
      return session.close
    },
    async checkDurability() {
      const { rows } = await sql<{ fsync: string; commit: string }>`
        select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`.execute(db)
      const { fsync = '', commit = '' } = rows[0] ?? {}
      if (fsync !== 'on')
        throw new Error(`PostgreSQL runs with fsync=${fsync}: an acknowledged event could be lost at power failure, so Carillon does not start`)
      if (!DURABLE.includes(commit))
        throw new Error(`PostgreSQL runs with synchronous_commit=${commit}; Carillon needs ${DURABLE.join(', ')}, or an acknowledged event could be lost`)
      return { setting: 'synchronous_commit', value: commit }
    },
    freeBytes: async () => null,
    tidy: async () => {},
    async close() {
      await listener.close()
      // A server that hangs does not say goodbye.
      const cutting = setTimeout(cut, 2000)
      await pool.end()
      clearTimeout(cutting)
    },
  }
}

/** Rows as one JSON parameter, so that the statement is the same for any number of them. */
function asTable(rows: readonly object[], columns: Columns, alias: string) {
  const types = Object.entries(columns)
  const named = types.map(([name, type]) => sql`${sql.id(name)} ${sql.raw(POSTGRES_TYPES[type])}`)
  const given = types.some(([, type]) => type === 'id')
    ? rows.map((row) => Object.fromEntries(types.map(([name, type]) => [name, hexed(type, Reflect.get(row, name) ?? null)])))
    : rows
  return sql`json_to_recordset(${JSON.stringify(given)}::json) as ${sql.id(alias)}(${sql.join(named)})`
}
