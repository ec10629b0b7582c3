import type { Receipt } from './contract.ts'
import { oneLine, truncate } from './truncate.ts'

/** A member of an untrusted response. Never throws: an unexpected response to an accepted message is still a delivery. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

/** The entry of a table for a vendor's word; ignores properties that every object inherits. */
export const entryOf = <T>(table: Readonly<Record<string, T>>, word: unknown): T | undefined =>
  typeof word === 'string' && Object.hasOwn(table, word) ? table[word] : undefined

/** A receipt sanitised for a database row: see `DeliveryError`. */
export const writable = ({ externalId, note }: Receipt): Receipt => ({
  ...(externalId !== undefined && { externalId: truncate(oneLine(externalId), 500) }),
  ...(note !== undefined && { note: truncate(oneLine(note), 2_000) }),
})
