import { branches, holds, type Maker, wrong } from './made.ts'

/** Keywords that apply schemas to the same value. */
export const LOGIC_WORDS: Readonly<Record<string, Maker>> = {
  allOf(made) {
    const parts = branches(made)
    return (value, path, run, spoken) => {
      let fits = true
      for (const apply of parts) if (!apply(value, path, run, spoken)) fits = false
      return fits
    }
  },
  anyOf(made) {
    const parts = branches(made)
    return (value, path, run, spoken) => {
      const before = run.errors.length
      let fits = false
      // Every branch is looked at only when what it speaks about matters.
      for (const apply of parts) if ((!fits || spoken !== null) && apply(value, path, run, spoken)) fits = true
      if (!fits) return wrong(made, run, path, value, {})
      run.forget(before)
      return true
    }
  },
  oneOf(made) {
    const parts = branches(made)
    return (value, path, run, spoken) => {
      const before = run.errors.length
      let count = 0
      for (const apply of parts) if (apply(value, path, run, spoken)) count++
      if (count > 0) run.forget(before)
      return count === 1 || wrong(made, run, path, value, {}, 'must match exactly one schema in oneOf')
    }
  },
  not(made) {
    const apply = made.part(made.value)
    return (value, path, run) => !holds(apply, value, path, run, null) || wrong(made, run, path, value, {}, 'must NOT be valid')
  },
  if(made) {
    const [condition, then, otherwise] = [made.part(made.value), made.schema['then'], made.schema['else']]
    const [yes, no] = [made.part(then ?? true, '..', 'then'), made.part(otherwise ?? true, '..', 'else')]
    return (value, path, run, spoken) => (holds(condition, value, path, run, spoken) ? yes : no)(value, path, run, spoken)
  },
}
