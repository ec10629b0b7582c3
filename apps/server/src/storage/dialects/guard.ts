import { type FailureKind, StorageFailure } from './storage-error.ts'

/** Sits between a dialect and its driver. Every statement passes through it, so no caller can miss a fatal failure. */
export interface Guard {
  /** Throws after a fatal failure. Called before each statement, and again before its result is returned where others run meanwhile. */
  pass(): void
  /** Whether there was a fatal failure. */
  closed(): boolean
  /** The error to throw for an error of the driver: a `StorageFailure` of this kind, or the error itself when `kind` is null. */
  failure(error: unknown, kind: FailureKind | null): unknown
}

/** `onFatal` is called once, with the first fatal failure, before the statement is rejected. */
export function createGuard(onFatal: (failure: StorageFailure) => void = () => {}): Guard {
  let fatal: StorageFailure | null = null
  return {
    pass() {
      if (fatal !== null) throw new StorageFailure('fatal', 'The storage has failed; no further statement is run', fatal)
    },
    closed: () => fatal !== null,
    failure(error, kind) {
      if (kind === null) return error
      const failure = new StorageFailure(kind, describe(error), error)
      if (kind === 'fatal' && fatal === null) {
        fatal = failure
        onFatal(failure)
      }
      return failure
    },
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'errcode' in error ? `SQLite ${String(error.errcode)}` : 'code' in error ? String(error.code) : null
  return code === null ? error.message : `${error.message} (${code})`
}
