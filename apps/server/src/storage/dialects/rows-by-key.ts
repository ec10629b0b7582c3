/** The numbers of rows by the first half of their key; usually one under each. */
interface RowsByKey {
  add(high: number, n: number): void
  of(high: number): readonly number[]
  /** How many first halves. */
  size(): number
  /** The first halves, ascending. */
  sorted(): Float64Array
  /** Under these first halves, removes numbers up to `most`. */
  dropUpTo(highs: Iterable<number>, most: number): void
}

const NONE: readonly number[] = []

export function createRowsByKey(): RowsByKey {
  const all = new Map<number, readonly number[]>()
  return {
    add(high, n) {
      const known = all.get(high)
      all.set(high, known === undefined ? [n] : [...known, n])
    },
    of: (high) => all.get(high) ?? NONE,
    size: () => all.size,
    sorted: () => Float64Array.from(all.keys()).sort(),
    dropUpTo(highs, most) {
      for (const high of highs) {
        const left = (all.get(high) ?? NONE).filter((n) => n > most)
        if (left.length === 0) all.delete(high)
        else all.set(high, left)
      }
    },
  }
}
