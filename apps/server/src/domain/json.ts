/** A value that JSON can carry, as it was parsed: no dates, no functions, no undefined. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }
