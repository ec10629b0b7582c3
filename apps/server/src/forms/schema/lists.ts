import type { Json } from '../../domain/json.ts'
import { type Apply, branches, holds, listOf, type Maker, ofLists, wrong } from './made.ts'
import type { Run, Spoken } from './run.ts'

/** Keywords that are about the entries of a list. */
export const LIST_WORDS: Readonly<Record<string, Maker>> = {
  prefixItems: ofLists((made) => {
    const parts = branches(made)
    return (value, path, run, spoken) => {
      let fits = true
      for (const [i, apply] of parts.entries()) {
        if (i >= value.length) break
        if (!apply(value[i] ?? null, `${path}/${i}`, run, null)) fits = false
        spoken?.entries.add(i)
      }
      return fits
    }
  }),
  items: ofLists((made) => {
    const apply = made.part(made.value)
    const first = listOf(made.schema['prefixItems'] ?? null).length
    return (value, path, run, spoken) => each(apply, value, first, path, run, spoken)
  }),
  contains: ofLists((made) => {
    const apply = made.part(made.value)
    const { minContains, maxContains } = made.schema
    const [least, most] = [minContains === undefined ? 1 : Number(minContains), maxContains === undefined ? Number.POSITIVE_INFINITY : Number(maxContains)]
    return (value, path, run, spoken) => {
      let count = 0
      if (spoken !== null) run.spend(4 * value.length)
      for (const [i, entry] of value.entries())
        if (holds(apply, entry, `${path}/${i}`, run, null)) {
          count++
          spoken?.entries.add(i)
        }
      if (count >= least && count <= most) return true
      return wrong(
        made,
        run,
        path,
        value,
        {},
        count < least ? `must contain at least ${least} valid item(s)` : `must contain no more than ${most} valid item(s)`,
      )
    }
  }),
  unevaluatedItems: ofLists((made) => {
    const apply = made.part(made.value)
    return (value, path, run, spoken) => {
      let fits = true
      for (const [i, entry] of value.entries()) {
        run.spend(1)
        if (spoken?.entries.has(i)) continue
        if (!apply(entry, `${path}/${i}`, run, null)) fits = false
        spoken?.entries.add(i)
      }
      return fits
    }
  }),
}

/** Every entry from `first` on. */
function each(apply: Apply, value: Json[], first: number, path: string, run: Run, spoken: Spoken | null): boolean {
  let fits = true
  if (spoken !== null) run.spend(4 * value.length)
  for (let i = first; i < value.length; i++) {
    if (!apply(value[i] ?? null, `${path}/${i}`, run, null)) fits = false
    spoken?.entries.add(i)
  }
  return fits
}
