import type { JsonObject } from '../domain/json.ts'
import { MASK } from '../domain/secret-fields.ts'
import { invalidField } from '../errors.ts'

/** A provider whose destination is a list names the field that holds its entries. */
interface Listed {
  list?: string | undefined
}

/** One body for each entry of a destination that is a list; equal entries once. */
export function split({ list }: Listed, body: JsonObject): JsonObject[] {
  const entries = list === undefined ? null : body[list]
  if (list === undefined || !Array.isArray(entries)) return [body]
  const once = entries.filter((entry, i) => entries.findIndex((other) => JSON.stringify(other) === JSON.stringify(entry)) === i)
  return once.map((entry) => ({ ...body, [list]: [entry] }))
}

/** The reverse of `split`; empty when there are no bodies. */
export function joined({ list }: Listed, bodies: readonly JsonObject[]): JsonObject {
  const [body = {}] = bodies
  if (list === undefined || bodies.length === 0) return body
  return { ...body, [list]: bodies.flatMap((one) => one[list] ?? []) }
}

/** The labels of the places of a list, by `label` of the entry; with a number where labels are equal. Null when it is no list. */
export function labelsOf({ list }: Listed, bodies: readonly JsonObject[], label: (entry: string) => string): (string | null)[] {
  if (list === undefined) return bodies.map(() => null)
  const labels = bodies.map((body) => label(String([body[list]].flat()[0])))
  return labels.map((one, i) => (labels.filter((other) => other === one).length > 1 ? `${one}#${i + 1}` : one))
}

const masked = (label: string | null): string => `${label}/${MASK}`

/** The list as it may be shown: every entry by its label. */
export const maskPlaces = ({ list }: Listed, body: JsonObject, labels: readonly (string | null)[]): JsonObject =>
  list === undefined ? body : { ...body, [list]: labels.map(masked) }

/**
 * Puts the stored entries where the caller sent their masks back, anywhere in the list. A bare mask keeps its place while none was added or
 * left out. Throws `invalid_field` for a mask that was never shown.
 */
export function keepPlaces({ list }: Listed, given: JsonObject, stored: readonly JsonObject[], labels: readonly (string | null)[]): JsonObject {
  const entries = list === undefined ? null : given[list]
  if (list === undefined || !Array.isArray(entries)) return given
  const own = stored.map((body) => [body[list] ?? null].flat()[0] ?? null)
  const known = new Map(own.map((entry, i) => [masked(labels[i] ?? null), entry]))
  return {
    ...given,
    [list]: entries.map((entry, i) => {
      if (typeof entry !== 'string' || !entry.includes(MASK)) return entry
      const kept = entry === MASK && entries.length === own.length ? own[i] : known.get(entry)
      if (kept === undefined) throw invalidField(`/${list}/${i}`, 'is masked, but nothing that is stored reads so; send it in full, or leave it out')
      return kept
    }),
  }
}
