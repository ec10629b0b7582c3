import { type FailureKind, StorageFailure } from './storage-error.ts'

/** Stands between a dialect and its driver. Every statement passes it, so no caller can overlook that the storage has failed. */
export interface Guard {
  /** Throws after a fatal failure: nothing more is asked, and no answer that comes later is believed. */
  pass(): void
  /** Whether a fatal failure was met. */
  closed(): boolean
  /** What is to be thrown for an error of the driver: the error itself when the storage is not to blame. */
  failure(error: unknown, kind: FailureKind | null): unknown
}

/** `onFatal` is called once, with the first fatal failure, before whoever met it hears of it. */
export function createGuard(onFatal: (failure: StorageFailure) => void = () => {}): Guard {
  let fatal: StorageFailure | null = null
  return {
    pass() {
      if (fatal !== null) throw new StorageFailure('fatal', 'The storage has failed, and nothing more is asked of it', fatal)
    },
    closed: () => fatal !== null,
    failure(error, kind) {
      if (kind === null) return error
      const failure = new StorageFailure(kind, said(error), error)
      if (kind === 'fatal' && fatal === null) {
        fatal = failure
        onFatal(failure)
      }
      return failure
    },
  }
}

function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'errcode' in error ? `SQLite ${String(error.errcode)}` : 'code' in error ? String(error.code) : null
  return code === null ? error.message : `${error.message} (${code})`
}
