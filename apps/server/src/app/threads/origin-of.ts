import type { JsonObject } from '../../domain/json.ts'

const known = new WeakMap<JsonObject, string>()

/** The server of a destination that holds its address; empty for one that does not. */
export function originOf(destination: JsonObject | null): string {
  if (destination === null) return ''
  let origin = known.get(destination)
  if (origin === undefined) {
    const address = Object.values(destination).find((value) => typeof value === 'string' && /^https?:/i.test(value))
    origin = (typeof address === 'string' && URL.parse(address)?.origin) || ''
    known.set(destination, origin)
  }
  return origin
}
