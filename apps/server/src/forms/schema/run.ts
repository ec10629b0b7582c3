import { isJsonObject, type Json } from '../../domain/json.ts'
import type { AjvError } from '../field-errors.ts'

/** Steps of one check: some 30 ms at most, and a thousand times what ordinary data takes. A step is a keyword, a name, an entry or a character. */
export const MOST_STEPS = 500_000
/** Schemas that are applied within one another: more than the levels of a body times those of a schema. */
const MOST_DEPTH = 1_000
/** Errors that are kept; more are counted as steps only. */
const MOST_ERRORS = 300

/** The check takes more work than the hub does for one event. */
export class TooManySteps extends Error {}

/** One check of one value. */
export class Run {
  readonly errors: AjvError[] = []
  #left = MOST_STEPS
  #depth = 0
  #silent = 0

  spend(steps: number): void {
    if (steps > this.#left) throw new TooManySteps()
    this.#left -= steps
  }
  get steps(): number {
    return MOST_STEPS - this.#left
  }
  enter(): void {
    this.spend(1)
    if (++this.#depth > MOST_DEPTH) throw new TooManySteps()
  }
  leave(): void {
    this.#depth--
  }
  /** Always false: the result of the check. The error is made only while there is room for it. */
  fail(make: () => AjvError): false {
    this.spend(5)
    if (this.#silent === 0 && this.errors.length < MOST_ERRORS) this.errors.push(make())
    return false
  }
  /** Whether something holds, whatever is wrong with it. */
  silently(check: () => boolean): boolean {
    this.#silent++
    try {
      return check()
    } finally {
      this.#silent--
    }
  }
  /** Forgets the errors since then: of branches that did not have to hold. */
  forget(length: number): void {
    this.errors.length = Math.min(this.errors.length, length)
  }
}

/** The fields and entries of a value that a schema has spoken about; for `unevaluatedProperties` and `unevaluatedItems`. */
export class Spoken {
  readonly names = new Set<string>()
  readonly entries = new Set<number>()
  add(other: Spoken): void {
    for (const name of other.names) this.names.add(name)
    for (const entry of other.entries) this.entries.add(entry)
  }
  get size(): number {
    return this.names.size + this.entries.size
  }
}

/** What is the same for equal values: a value without parts itself, else a text that does not depend on the order of fields. */
export function identity(value: Json, run: Run): Json {
  if (typeof value === 'object' && value !== null) return `\0${canonical(value, run)}`
  run.spend(typeof value === 'string' ? 1 + (value.length >> 4) : 1)
  return value
}

/** Spends some steps for each value in it, and one for sixteen characters. */
function canonical(value: Json, run: Run): string {
  if (typeof value === 'string') {
    run.spend(1 + (value.length >> 4))
    return JSON.stringify(value)
  }
  run.spend(4)
  if (Array.isArray(value)) return `[${value.map((entry) => canonical(entry, run)).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  return `{${Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null, run)}`)
    .join()}}`
}
