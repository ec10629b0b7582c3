import type { Millis } from './time.ts'

/** From `since` on, and before `until`; an absent bound is open. */
export interface Period {
  since?: Millis
  until?: Millis
}

/** One page of rows; `next` is the last key read, null when there is no more. */
export interface Rows<T> {
  rows: T[]
  next: string | null
}

/** The query of a list: at most `limit` rows beyond `after`. */
export interface Slice {
  limit: number
  after: string | null
}

/** Removes the one extra row that was read to detect the end. */
export function paged<T>(rows: T[], limit: number, key: (row: T) => string): Rows<T> {
  if (rows.length <= limit) return { rows, next: null }
  const page = rows.slice(0, limit)
  return { rows: page, next: key(page[limit - 1]!) }
}
