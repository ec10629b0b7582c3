import type { Json, JsonObject } from '../domain/json.ts'
import { MASK } from '../domain/secret-fields.ts'
import { invalidField } from '../errors.ts'
import { mapMarked } from './marked-fields.ts'
import type { KeyRing } from './secrets.ts'

const KEYWORD = 'x-secret'

/** Encrypts every field marked `x-secret` in settings or a destination, for the row named by `place` (`secretPlace`). */
export const sealSecrets = (ring: KeyRing, schema: object, value: JsonObject, place: string): JsonObject =>
  mapMarked(schema, KEYWORD, value, (secret) => ring.encrypt(JSON.stringify(secret), place))

/** The inverse of `sealSecrets`. Throws when a secret cannot be decrypted. */
export const openSecrets = (ring: KeyRing, schema: object, value: JsonObject, place: string): JsonObject =>
  mapMarked(schema, KEYWORD, value, (sealed, pointer) => {
    if (typeof sealed !== 'string') throw new Error(`${place}${pointer} should be encrypted and is not`)
    const secret: Json = JSON.parse(ring.decrypt(sealed, place))
    return secret
  })

/** The value with masked secrets. */
export const maskSecrets = (schema: object, value: JsonObject): JsonObject => mapMarked(schema, KEYWORD, value, () => MASK)

/** Replaces masks by the stored secrets (in clear text). Throws `invalid_field` where nothing is stored. */
export function keepMasked(schema: object, incoming: JsonObject, stored: JsonObject): JsonObject {
  const secrets = new Map<string, Json>()
  mapMarked(schema, KEYWORD, stored, (secret, pointer) => {
    secrets.set(pointer, secret)
    return secret
  })
  return mapMarked(schema, KEYWORD, incoming, (secret, pointer) => {
    if (secret !== MASK) return secret
    const kept = secrets.get(pointer)
    if (kept === undefined) throw invalidField(pointer, `is ${MASK}, but nothing is stored that could be kept`)
    return kept
  })
}
