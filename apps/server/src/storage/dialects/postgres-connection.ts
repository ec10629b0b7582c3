import { AbortedTransactionError, CompiledQuery, type DatabaseConnection, type Driver, PostgresDialect, type QueryResult } from 'kysely'
import type pg from 'pg'
import type { NextCommitFault } from '../../faults.ts'
import { postgresFault } from './commit-fault.ts'
import type { Guard } from './guard.ts'
import type { Clients } from './postgres-clients.ts'
import type { Listener } from './postgres-listener.ts'
import { ITSELF } from './postgres-pipelined.ts'
import { createStatementNames, type StatementNames } from './statement-names.ts'
import { postgresFailure } from './storage-error.ts'

interface Notice {
  channel: string
  payload: string
}

type Statement = Pick<CompiledQuery, 'sql' | 'parameters'>

/** A statement without parameters is rare, or several in one text. */
const isPrepared = ({ parameters }: Pick<Statement, 'parameters'>): boolean => parameters.length > 0

/** What all connections of a pool share. */
export interface Shared {
  ears: Pick<Listener, 'signed' | 'hear'>
  guard: Guard
  /** How a client is waited for. */
  take: Clients['take']
  /** For tests. */
  commitFault: NextCommitFault
}

/**
 * Errors of outdated prepared statements: the plan no longer matches its tables, or the statement does not exist, because a migration ran
 * or a proxy changed the session.
 */
const STALE = new Set(['0A000', '26000'])
const CHANGES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])
/** Not SQL: a marker that makes the connection keep the notification until its commit. */
const NOTIFY = '-- notify with the commit'

/** Inside a transaction: sends this notification with its commit, without an extra round trip. */
export const notifyWithCommit = (channel: string, payload: string): CompiledQuery => CompiledQuery.raw(NOTIFY, [channel, payload])

/** A comment, not an order: a statement that begins with it waits for the commit and is sent with it. */
const LAST = '-- with the commit\n'

/** Inside a transaction: sends this statement with its commit, without an extra round trip. What it returns is lost; its failure is that of the commit. */
export const withCommit = ({ sql, parameters }: CompiledQuery): CompiledQuery => CompiledQuery.raw(LAST + sql, [...parameters])

/**
 * Kysely's dialect over a pool whose clients have `pipeline` set. Round trips dominate the cost, so repeated statements are prepared,
 * `begin` is sent with the first statement, and notifications are sent with the commit.
 */
export class PreparingPostgresDialect extends PostgresDialect {
  readonly #pool: pg.Pool
  readonly #shared: Shared

  constructor(pool: pg.Pool, shared: Shared) {
    super({ pool })
    this.#pool = pool
    this.#shared = shared
  }

  override createDriver(): Driver {
    const names = createStatementNames()
    const pool = this.#pool
    const shared = this.#shared
    const { guard, take } = shared
    const give = (client: pg.PoolClient): void => client.release()
    const checkedOut = new WeakMap<DatabaseConnection, PreparingConnection>()
    const own = (connection: DatabaseConnection): PreparingConnection => checkedOut.get(connection)!
    return {
      init: async () => {},
      async acquireConnection() {
        guard.pass()
        const client = await take(() => pool.connect(), give).catch((error: unknown) => {
          // No statement was run yet: whatever keeps the server from accepting a connection (it restarts, has too many of them, changed its password),
          // it is unavailable and not fatal.
          throw guard.failure(error, 'unavailable')
        })
        const connection = new PreparingConnection(client, names, shared)
        checkedOut.set(connection, connection)
        return connection
      },
      beginTransaction: async (connection) => own(connection).begin(),
      commitTransaction: (connection) => own(connection).commit(),
      rollbackTransaction: (connection) => own(connection).rollback(),
      releaseConnection: async (connection) => own(connection).release(),
      destroy: () => pool.end(),
    }
  }
}

/** One client of the pool, from its checkout to its release. */
class PreparingConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient
  readonly #names: StatementNames
  readonly #shared: Shared
  /** `begun`: nothing was said in the transaction yet, not even `begin`. */
  #transaction: 'none' | 'begun' | 'open' = 'none'
  #notices: Notice[] = []
  #last: Statement[] = []
  /** The client is closed instead of going back to the pool. */
  #broken = false
  /** Pending queries are rejected anyway; a transaction without one must not be continued. */
  readonly #lost = (): void => {
    this.#broken = true
  }

  constructor(client: pg.PoolClient, names: StatementNames, shared: Shared) {
    this.#client = client
    this.#names = names
    this.#shared = shared
    client.on('error', this.#lost)
  }

  begin(): void {
    this.#transaction = 'begun'
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (sql === NOTIFY) return this.#notify(parameters)
    if (sql === ITSELF) return this.#itself(parameters)
    if (sql.startsWith(LAST)) return this.#atTheEnd({ sql, parameters })
    this.#shared.guard.pass()
    const begun = this.#open()
    const asked = this.#ask({ sql, parameters })
    const [{ command, rowCount, rows }] = await Promise.all([asked, begun]).catch((error: unknown) => {
      throw this.#refused(error, isPrepared({ parameters }))
    })
    this.#shared.guard.pass()
    return { rows, ...(CHANGES.has(command) && { numAffectedRows: BigInt(rowCount ?? 0) }) }
  }

  streamQuery(): never {
    throw new Error('Rows are not streamed')
  }

  async commit(): Promise<void> {
    const { guard, commitFault } = this.#shared
    guard.pass()
    const fault = commitFault()
    if (fault !== null) throw this.#failure(postgresFault(fault))
    const notices = this.#notices
    const last = this.#last
    const begun = notices.length > 0 || last.length > 0 ? this.#open() : undefined
    if (this.#end() === 'begun') return
    const written = last.map((statement) => this.#ask(statement))
    const told = notices.length > 0 ? this.#say({ ...TELL, values: this.#signed(notices) }) : undefined
    try {
      const [{ command }] = await Promise.all([this.#say({ text: 'commit' }), ...written, told, begun]).catch((error: unknown) => {
        throw this.#refused(error, last.some(isPrepared))
      })
      // Another connection may have failed fatally meanwhile: nothing is acknowledged after that.
      guard.pass()
      // After a statement that failed, PostgreSQL answers COMMIT with a ROLLBACK and no error.
      if (command === 'ROLLBACK') throw new AbortedTransactionError()
    } finally {
      // Also when the outcome is unknown: a notification only says where to look. Not in the committer's call stack: an exception in a listener must
      // not look like a failed commit.
      if (notices.length > 0) setImmediate(() => this.#hear(notices))
    }
  }

  /** Never throws: that would hide why the transaction failed. When a connection closes, the server rolls its transaction back. */
  async rollback(): Promise<void> {
    if (this.#end() === 'begun') return
    if (this.#shared.guard.closed()) this.#broken = true
    else
      await this.#say({ text: 'rollback' }).catch((error: unknown) => {
        this.#failure(error)
        this.#broken = true
      })
  }

  release(): void {
    this.#client.off('error', this.#lost)
    this.#client.release(this.#broken)
  }

  /** The error to throw for an error of the client. A lost connection is not used again. */
  #failure(error: unknown, kind = postgresFailure(error)): unknown {
    if (kind === 'fatal' || kind === 'unavailable') this.#broken = true
    return this.#shared.guard.failure(error, kind)
  }

  #ask({ sql, parameters }: Statement): Promise<pg.QueryResult> {
    const name = isPrepared({ parameters }) ? this.#names.of(sql) : undefined
    return this.#say({ text: sql, values: [...parameters], ...(name !== undefined && { name }) })
  }

  /** What is said in one turn of the event loop leaves together: a system call for each statement costs more than most statements. */
  #say(statement: pg.QueryConfig): Promise<pg.QueryResult> {
    const { stream } = this.#client.connection
    if (stream.writableCorked === 0) {
      stream.cork()
      process.nextTick(() => stream.uncork())
    }
    return this.#client.query(statement)
  }

  #refused(error: unknown, prepared: boolean): unknown {
    const stale = prepared && error instanceof Error && 'code' in error && STALE.has(String(error.code))
    if (stale) this.#names.renew()
    return this.#failure(error, stale ? 'conflict' : postgresFailure(error))
  }

  #open(): Promise<unknown> | undefined {
    if (this.#transaction !== 'begun') return undefined
    this.#transaction = 'open'
    return this.#say({ text: 'begin' })
  }

  #end(): 'none' | 'begun' | 'open' {
    const was = this.#transaction
    this.#transaction = 'none'
    this.#notices = []
    this.#last = []
    return was
  }

  #hear(notices: Notice[]): void {
    for (const { channel, payload } of notices) this.#shared.ears.hear(channel, payload)
  }

  #signed(notices: Notice[]): [channels: string[], payloads: string[]] {
    return [notices.map(({ channel }) => channel), notices.map(({ payload }) => this.#shared.ears.signed(payload))]
  }

  #itself([take]: readonly unknown[]): QueryResult<never> {
    if (typeof take === 'function') take(this)
    return { rows: [] }
  }

  #atTheEnd(statement: Statement): QueryResult<never> {
    if (this.#transaction === 'none') throw new Error('Only a transaction can send something with its commit')
    this.#last.push(statement)
    return { rows: [] }
  }

  #notify([channel, payload]: readonly unknown[]): QueryResult<never> {
    if (this.#transaction === 'none') throw new Error('Only a transaction can tell something with its commit')
    this.#notices.push({ channel: String(channel), payload: String(payload) })
    return { rows: [] }
  }
}

const TELL = { name: 'tell', text: 'select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as told (channel, payload)' }
