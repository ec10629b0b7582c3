/** One page of rows; `next` is the last key read, null when there is no more. */
export interface Rows<T> {
  rows: T[]
  next: string | null
}

/** What a list is asked for: at most `limit` rows beyond `after`. */
export interface Slice {
  limit: number
  after: string | null
}

/** Cuts the one row that was read too many, by which the end is known. */
export function paged<T>(rows: T[], limit: number, key: (row: T) => string): Rows<T> {
  if (rows.length <= limit) return { rows, next: null }
  const page = rows.slice(0, limit)
  return { rows: page, next: key(page[limit - 1]!) }
}
