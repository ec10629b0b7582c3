/** A value that JSON can carry, as it was parsed: no dates, no functions, no undefined. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

/** For parsed JSON, where nothing else than an object can be one. */
export const isJsonObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
