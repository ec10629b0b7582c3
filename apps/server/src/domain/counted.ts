const english = new Intl.PluralRules('en')

/** A number with its noun in English: `1 event`, `2 events`, `1 entry`, `3 entries`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${nounFor(count, one, many)}`

/** The noun alone, or any other word that changes with a count: `wait`, `waits`. */
export const nounFor = (count: number, one: string, many: string): string => (english.select(count) === 'one' ? one : many)
