import type { Millis } from './time.ts'

/** The prefix of an id names the kind of its object. */
export type IdPrefix = 'evt' | 'ntf' | 'dlv' | 'dst' | 'dev' | 'con' | 'key' | 'tok' | 'aud' | 'nod'

let lastMillis = 0
let counter = 0
const random = new Uint8Array(8 * 512)
let used = random.length

/**
 * A prefixed UUIDv7 (RFC 9562) as 32 hex digits: `evt_018f…`. The 12 bits after the time are a counter inside the
 * millisecond, so ids sort in the order in which one process made them and B-trees are only appended to.
 */
export function newId(prefix: IdPrefix, at: Millis = Date.now()): string {
  if (at > lastMillis) {
    lastMillis = at
    counter = 0
  } else if (++counter > 0xfff) {
    lastMillis++
    counter = 0
  }
  if (used === random.length) {
    crypto.getRandomValues(random)
    used = 0
  }
  let tail = ((random[used]! & 0x3f) | 0x80).toString(16)
  for (let i = used + 1; i < used + 8; i++) tail += HEX[random[i]!]!
  used += 8
  return `${prefix}_${lastMillis.toString(16).padStart(12, '0')}7${counter.toString(16).padStart(3, '0')}${tail}`
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Whether a text has the shape of an id with this prefix: the cheap check before a look-up. */
export const isId = (prefix: IdPrefix, text: string): boolean => text.length === prefix.length + 33 && text.startsWith(`${prefix}_`)

/** Not above any id with this prefix that was made at this time or later: `newId` never stamps an id with an earlier time than it is given. */
export const idFloor = (prefix: IdPrefix, at: Millis): string => `${prefix}_${Math.max(0, at).toString(16).padStart(12, '0')}`
