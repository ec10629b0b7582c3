import { SECOND } from '../domain/time.ts'
import { StorageFailure } from '../storage/dialects/storage-error.ts'

/** A probe gives up after some seconds, and a database that hangs must not look like a hub that does. */
const ANSWER = 3 * SECOND

/** What the database answers, or a `StorageFailure` after 3 s. The statement itself is not ended. */
export async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StorageFailure('unavailable', `the database did not answer within ${ANSWER / SECOND} s`, null)), ANSWER)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
