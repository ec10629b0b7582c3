/** A member of an answer that may be anything at all. Never throws: an odd answer to an accepted message is still a delivery. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

/** What a table says of a word that a vendor sent; what every object inherits is no entry. */
export const entryOf = <T>(table: Readonly<Record<string, T>>, word: unknown): T | undefined =>
  typeof word === 'string' && Object.hasOwn(table, word) ? table[word] : undefined
