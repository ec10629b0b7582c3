import { storageFailure } from './dialects/storage-error.ts'

/** The other transaction of a conflict has gone on by the second try; a third one may be in the way then. */
const TRIES = 5

/** Runs a transaction that changes many rows again when the server undid it, because it and another one waited for each other's rows. */
export async function afterConflict<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++)
    try {
      return await run()
    } catch (error) {
      if (tries === TRIES || storageFailure(error) !== 'conflict') throw error
    }
}
