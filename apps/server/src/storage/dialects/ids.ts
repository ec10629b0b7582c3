import { type IdPrefix, isId } from '../../domain/id.ts'
import type { Columns } from './dialect.ts'

/** The 16 bytes of a public id as 32 hex digits; null when it is none of this kind, so that no row is found. */
export const hexOf = (prefix: IdPrefix, id: string): string | null =>
  isId(prefix, id) && HEX.test(id.slice(prefix.length + 1)) ? id.slice(prefix.length + 1) : null

const HEX = /^[0-9a-f]{32}$/

/** The 16 bytes of a column as 32 hex digits, from what the driver of either engine reads: a blob, or the text of a uuid. */
export const hexOfStored = (value: Uint8Array | string | number | null): string | null =>
  value === null ? null : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value).replaceAll('-', '')

/** The 16 bytes of a value that is written, as 32 hex digits: those of a public id, whose prefix says nothing that the column does not, or of a hash. */
function hexOfOwn(id: string): string {
  const hex = id.slice(-32)
  // SQLite would store the digits before the first other sign, and take two values for one.
  if (!HEX.test(hex)) throw new TypeError('An id or a hash ends in 32 hex digits')
  return hex
}

/** Of these public ids, those of this kind, as 32 hex digits each. */
export const hexes = (prefix: IdPrefix, ids: readonly string[]): string[] => ids.flatMap((id) => hexOf(prefix, id) ?? [])

/** A value of a column of this type; what is stored as bytes becomes hex digits. */
export const hexed = (type: Columns[string], value: unknown): unknown => (type === 'id' && typeof value === 'string' ? hexOfOwn(value) : value)
