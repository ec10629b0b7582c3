import { isJsonObject, type JsonObject } from '../domain/json.ts'
import { didYouMean } from '../domain/nearest.ts'
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '../domain/time.ts'
import { UsageError } from './command.ts'

/** An option whose value is a JSON object. */
export function jsonOption(name: string, text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UsageError(`--${name} must be JSON, for example '{"project":"web"}'`)
  }
  if (!isJsonObject(value)) throw new UsageError(`--${name} must be a JSON object, for example '{"project":"web"}'`)
  return value
}

export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) throw new UsageError(`--${name} must be a whole number from ${min} to ${max}`)
  return value
}

/** One of a few words. */
export function wordOption<T extends string>(name: string, text: string, words: readonly T[]): T {
  const word = words.find((one) => one === text)
  if (word === undefined) throw new UsageError(`--${name} must be one of ${words.join(', ')}; "${text}" is none${didYouMean(text, words)}`)
  return word
}

/** The operands of a command, by name; more or fewer are wrong usage. */
export function operands(positionals: readonly string[], ...names: string[]): string[] {
  if (positionals.length > names.length) throw new UsageError(`"${positionals[names.length]}" is one argument too many`)
  const missing = names[positionals.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  return [...positionals]
}

const UNITS: Readonly<Record<string, Millis>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY }

/** RFC 3339. Without an offset it would be another time on each machine. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

/** A point in time with its offset. */
export function momentOption(name: string, text: string): Millis {
  const at = TIME.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new UsageError(`--${name} must be a time with its offset, for example 2026-11-29T18:00:00Z`)
  return at
}

/** A point in time as RFC 3339: given like that, as a day in UTC, or as the age `30m`, `2h`, `3d`. */
export function timeOption(name: string, text: string, now: Millis): string {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ago = UNITS[unit]
  if (ago !== undefined) return new Date(now - Number(count) * ago).toISOString()
  if ((!/^\d{4}-\d\d-\d\d$/.test(text) && !TIME.test(text)) || Number.isNaN(Date.parse(text)))
    throw new UsageError(`--${name} must be an age such as 30m, 2h or 3d, or a time with its offset such as 2026-05-01T08:00:00Z`)
  return new Date(text).toISOString()
}
