/** Milliseconds since 1970-01-01T00:00Z. Every time in Carillon is one of these; the API uses ISO 8601. */
export type Millis = number

/** The source of the time. Tests pass a clock that they move by hand. */
export type Clock = () => Millis

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const toIso = (at: Millis): string => new Date(at).toISOString()
