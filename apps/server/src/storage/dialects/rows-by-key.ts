/** The numbers of rows by the first half of their key; usually one under each. */
interface RowsByKey {
  add(high: number, n: number): void
  of(high: number): readonly number[]
  drop(high: number, n: number): void
  /** How many numbers. */
  size(): number
  /** All of them, in the order of the first halves: `ns[i]` is under `highs[i]`. */
  sorted(): { highs: Float64Array; ns: Float64Array }
}

const NONE: readonly number[] = []

export function createRowsByKey(): RowsByKey {
  const all = new Map<number, number[]>()
  let size = 0
  return {
    add(high, n) {
      const known = all.get(high)
      if (known === undefined) all.set(high, [n])
      else known.push(n)
      size++
    },
    of: (high) => all.get(high) ?? NONE,
    drop(high, n) {
      const known = all.get(high) ?? []
      const at = known.indexOf(n)
      if (at < 0) return
      size--
      known.splice(at, 1)
      if (known.length === 0) all.delete(high)
    },
    size: () => size,
    sorted() {
      const [highs, ns] = [new Float64Array(size), new Float64Array(size)]
      let i = 0
      for (const high of Float64Array.from(all.keys()).sort())
        for (const n of all.get(high) ?? NONE) {
          highs[i] = high
          ns[i++] = n
        }
      return { highs, ns }
    },
  }
}
