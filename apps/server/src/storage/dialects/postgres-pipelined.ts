import {
  CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  DefaultQueryExecutor,
  DummyDriver,
  type Dialect as KyselyDialect,
  type KyselyPlugin,
  PostgresAdapter,
  PostgresQueryCompiler,
  Transaction,
} from 'kysely'
import type { Tables, Trx } from '../schema.ts'

/** Not SQL: the connection hands itself to the function that is the parameter. */
export const ITSELF = '-- itself'

/**
 * The same transaction, in which statements that are begun together are sent together. Kysely itself runs them one after the other, each in a round
 * trip of its own; pg's pipeline keeps their order.
 */
export async function pipelined(trx: Trx, dialect: KyselyDialect, plugins: KyselyPlugin[]): Promise<Trx> {
  const connection = await connectionOf(trx)
  const provider: ConnectionProvider = { provideConnection: (consumer) => consumer(connection) }
  const executor = new DefaultQueryExecutor(new PostgresQueryCompiler(), new PostgresAdapter(), provider, plugins)
  return new Transaction<Tables>({ config: { dialect }, driver: new DummyDriver(), dialect, executor })
}

const connectionOf = (trx: Trx): Promise<DatabaseConnection> =>
  new Promise((resolve, reject) => {
    trx.executeQuery(CompiledQuery.raw(ITSELF, [resolve])).catch(reject)
  })
