/** A value that JSON can carry, as it was parsed: no dates, no functions, no undefined. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

/** For parsed JSON, where nothing else than an object can be one. */
export const isJsonObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** One step of a JSON pointer (RFC 6901). */
export const pointerStep = (name: string): string => (/[~/]/.test(name) ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name)
