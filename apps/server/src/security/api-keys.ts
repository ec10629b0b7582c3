import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SHAPE = /^ck_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

export interface NewApiKey {
  /** Shown once, never stored. */
  key: string
  /** Public part, used to look up the row. */
  prefix: string
  /** SHA-256, hex. 256 random bits need no slow hash (ASVS 5.0, 6.5.2). */
  hash: string
}

/** `ck_<8 public>_<43 random><6 checksum>`: the checksum lets a scanner (and us) tell a mistyped key without a look-up. */
export function newApiKey(): NewApiKey {
  const prefix = base62(8)
  const body = `ck_${prefix}_${base62(43)}`
  const key = body + checksum(body)
  return { key, prefix, hash: hashKey(key) }
}

/** The public part of a well-formed key; null for any other text. */
export function prefixOf(key: string): string | null {
  const match = SHAPE.exec(key)
  return match !== null && checksum(key.slice(0, -6)) === match[3] ? match[1]! : null
}

export const hashKey = (key: string): string => hash('sha256', key)

/** Names `CARILLON_ROOT_KEY`, which has no row, so that what it issued ends when it is changed or removed. */
export const rootCredential = (rootKey: string): string => `root:${hashKey(rootKey).slice(0, 16)}`

/** Compares two hex hashes in constant time. */
export const sameHash = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

function base62(length: number): string {
  let text = ''
  while (text.length < length)
    for (const byte of randomBytes(length)) {
      // 248 = 4 x 62: higher bytes would favour the first digits.
      if (byte < 248 && text.length < length) text += DIGITS[byte % 62]
    }
  return text
}

function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let i = 0; i < 6; i++) {
    digits = DIGITS[rest % 62] + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}
