/** A member of an answer that may be anything at all. Never throws: an odd answer to an accepted message is still a delivery. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
