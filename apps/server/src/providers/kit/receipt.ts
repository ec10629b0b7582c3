import type { Receipt } from './contract.ts'
import { oneLine, truncate } from './truncate.ts'

/** A member of an answer that may be anything at all. Never throws: an odd answer to an accepted message is still a delivery. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

/** What a table says of a word that a vendor sent; what every object inherits is no entry. */
export const entryOf = <T>(table: Readonly<Record<string, T>>, word: unknown): T | undefined =>
  typeof word === 'string' && Object.hasOwn(table, word) ? table[word] : undefined

/** A receipt as a row keeps it, whatever the vendor put there: see `DeliveryError`. */
export const writable = ({ externalId, note }: Receipt): Receipt => ({
  ...(externalId !== undefined && { externalId: truncate(oneLine(externalId), 500) }),
  ...(note !== undefined && { note: truncate(oneLine(note), 2_000) }),
})
