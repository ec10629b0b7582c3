import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const VERSION = 'v1'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** A random key has about 30 different bytes; fewer than this indicates a typed pattern. */
const MIN_DIFFERENT_BYTES = 12
const CHECK_TEXT = 'carillon'
const CHECK_PLACE = secretPlace('settings', 'value', 'key_check')

/** The location of a secret, as additional data of the cipher: a text copied to another row or column cannot be decrypted there. */
export function secretPlace(table: string, column: string, row: string): string {
  return `${table}|${column}|${row}`
}

/** The hub's keys: the first encrypts, all decrypt. */
export interface KeyRing {
  /** Id of the key that encrypts. */
  readonly current: string
  /** The ids of all keys, the current one first. */
  readonly ids: readonly string[]
  /** AES-256-GCM (NIST SP 800-38D) as `v1.<key id>.<nonce>.<ciphertext>.<tag>`, each part base64url. `place` is from `secretPlace`. */
  encrypt(text: string, place: string): string
  /** Throws when the text was changed, is at another location, or was encrypted with a key that is not in the ring. */
  decrypt(sealed: string, place: string): string
  /** Whether a text was encrypted with another key than the current one, so that `rekey` must rewrite it. */
  isOutdated(sealed: string): boolean
  /** 32 bytes for another purpose, derived from the first key: HKDF-SHA256 (RFC 5869). They change when the first key does. */
  derive(label: string): Buffer
  /** The same from every key, the current one first: for what must stay good while the key is changed. */
  deriveEach(label: string): Buffer[]
}

/** Parses `CARILLON_SECRET_KEY`: `id:base64[,id:base64]`, each key 32 bytes. Throws an Error that describes the problem and never contains a key. */
export function parseKeyRing(text: string | undefined): KeyRing {
  const entries = (text ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
  const keys = new Map<string, Buffer>()
  for (const [n, entry] of entries.entries()) {
    const { id, base64 } = /^(?<id>[A-Za-z0-9_-]{1,32}):(?<base64>[A-Za-z0-9+/_-]+={0,2})$/.exec(entry)?.groups ?? {}
    if (!id || !base64) throw new Error(`CARILLON_SECRET_KEY: entry ${n + 1} is not id:base64 (an id has at most 32 of A-Z a-z 0-9 _ -)`)
    const key = Buffer.from(base64, 'base64')
    if (key.length !== KEY_BYTES)
      throw new Error(`CARILLON_SECRET_KEY: key ${id} has ${key.length} bytes instead of ${KEY_BYTES}; make one with \`openssl rand -base64 32\``)
    if (new Set(key).size < MIN_DIFFERENT_BYTES)
      throw new Error(`CARILLON_SECRET_KEY: key ${id} is a pattern, not random; make one with \`openssl rand -base64 32\``)
    if (keys.has(id)) throw new Error(`CARILLON_SECRET_KEY: key id ${id} is there twice`)
    keys.set(id, key)
  }
  const first = keys.entries().next().value
  if (!first) throw new Error('CARILLON_SECRET_KEY is missing; set it to `main:` followed by the output of `openssl rand -base64 32`, and keep a copy')
  return createRing(first[0], first[1], keys)
}

/** A new key in the ring's format, `id:base64`. */
export const newKey = (id: string): string => `${id}:${randomBytes(KEY_BYTES).toString('base64')}`

function createRing(current: string, first: Buffer, keys: ReadonlyMap<string, Buffer>): KeyRing {
  const derived = (key: Buffer, label: string) => Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `carillon/${label}`, KEY_BYTES))
  return {
    current,
    ids: [...keys.keys()],
    encrypt(text, place) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', first, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return [VERSION, current, ...[nonce, body, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.')
    },
    decrypt(sealed, place) {
      const [version, id, ...parts] = sealed.split('.')
      const [nonce, body, tag] = parts.map((part) => Buffer.from(part, 'base64url'))
      if (version !== VERSION || id === undefined || parts.length !== 3 || nonce?.length !== NONCE_BYTES || !body || tag?.length !== TAG_BYTES)
        throw new Error(`The secret at ${place} is not an encrypted value`)
      const key = keys.get(id)
      if (!key) throw new Error(`The secret at ${place} was encrypted with key ${id}, which is not in CARILLON_SECRET_KEY`)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place)).setAuthTag(tag)
      try {
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new Error(`The secret at ${place} does not open with key ${id}: it was changed, moved, or key ${id} is another one than before`, { cause })
      }
    },
    isOutdated: (sealed) => !sealed.startsWith(`${VERSION}.${current}.`),
    derive: (label) => derived(first, label),
    deriveEach: (label) => [...keys.values()].map((key) => derived(key, label)),
  }
}

/** The value of the setting `key_check` in a new database. */
export const newKeyCheck = (ring: KeyRing): string => ring.encrypt(CHECK_TEXT, CHECK_PLACE)

/** Throws at start when this database was encrypted with another ring. */
export function verifyKeyCheck(ring: KeyRing, stored: string): void {
  try {
    if (ring.decrypt(stored, CHECK_PLACE) === CHECK_TEXT) return
  } catch (cause) {
    throw new Error('CARILLON_SECRET_KEY does not open this database: give the key that it was encrypted with, behind the new one if you changed it', { cause })
  }
  throw new Error('The key check of this database is damaged')
}
