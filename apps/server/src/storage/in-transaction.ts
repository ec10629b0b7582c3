import type { Dialect } from './dialects/dialect.ts'
import type { Trx } from './schema.ts'

/** One transaction for work that has no store of its own. Inside it only `trx` is awaited. */
export const inTransaction = <T>({ db }: Pick<Dialect, 'db'>, run: (trx: Trx) => Promise<T>): Promise<T> => db.transaction().execute(run)
