import type { JsonObject } from './json.ts'

/** Readers see this instead of a secret, and may send it back to keep the secret. */
export const MASK = '********'

/** How the secret fields of a form are kept: sealed in a row, masked for readers, kept when a mask is sent back. */
export interface SecretFields {
  /** Encrypts every field that the schema marks `x-secret`, bound to the row by `place` (`secretPlace`). */
  seal(schema: object, value: JsonObject, place: string): JsonObject
  open(schema: object, value: JsonObject, place: string): JsonObject
  mask(schema: object, value: JsonObject): JsonObject
  /** `incoming` with every `********` replaced by the value in `stored` (in clear). */
  keep(schema: object, incoming: JsonObject, stored: JsonObject): JsonObject
}
