import type { KeyRing } from './secrets.ts'

/** A sealed value (`KeyRing.encrypt`), alone or as a JSON string. It has no character that JSON would escape. */
const SEALED = /(?<=^|")v1\.([A-Za-z0-9_-]{1,32})\.[\w-]{16}\.[\w-]*\.[\w-]{22}(?="|$)/g

export interface Resealed {
  /** With the values that could be opened under the current key; everything else as it was. */
  text: string
  /** The keys of the values that could not be opened: the key is not in the ring, or it is another one than before. */
  lost: string[]
}

/** Seals every value of a column again that another key than the current one has sealed. `place` is that of its row. */
export function reseal(ring: Pick<KeyRing, 'decrypt' | 'encrypt' | 'isOutdated'>, text: string, place: string): Resealed {
  const lost: string[] = []
  const again = (sealed: string, key: string): string => {
    if (!ring.isOutdated(sealed)) return sealed
    let clear: string
    try {
      clear = ring.decrypt(sealed, place)
    } catch {
      lost.push(key)
      return sealed
    }
    return ring.encrypt(clear, place)
  }
  return { text: text.replace(SEALED, again), lost }
}

/** The keys, other than the current one, under which a column holds values. */
export const outdatedKeys = (ring: Pick<KeyRing, 'isOutdated'>, text: string): string[] =>
  [...text.matchAll(SEALED)].flatMap(([sealed, key = '']) => (ring.isOutdated(sealed) ? [key] : []))
