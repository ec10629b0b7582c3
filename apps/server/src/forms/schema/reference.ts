import type { Json, JsonObject } from '../../domain/json.ts'

/** The schema that a reference such as `#/$defs/name` names (RFC 6901); undefined when there is none. */
export function target(root: JsonObject, ref: string): Json | undefined {
  let at: Json | undefined = root
  for (const token of ref.split('/').slice(1)) {
    const key = unescaped(token)
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
  }
  return typeof at === 'boolean' || (typeof at === 'object' && at !== null && !Array.isArray(at)) ? at : undefined
}

function unescaped(token: string): string {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return token
  }
}
