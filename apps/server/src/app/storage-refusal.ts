import type { StorageRefusal } from '../http/problems/problem.ts'
import { storageFailure } from '../storage/dialects/storage-error.ts'

/** After a fatal failure another node, or the next start of this one, responds: for the caller the storage is unavailable. */
const CODES = { full: 'storage_full', unavailable: 'unavailable', fatal: 'unavailable', conflict: 'unavailable' } as const

export const storageRefusal: StorageRefusal = (thrown) => {
  const kind = storageFailure(thrown)
  return kind === null ? null : CODES[kind]
}
