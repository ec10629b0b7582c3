import type { JsonObject } from '../domain/json.ts'
import { UsageError } from './command.ts'

/** An option whose value is a JSON object. */
export function jsonOption(name: string, text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UsageError(`--${name} must be JSON, for example '{"project":"web"}'`)
  }
  if (!isObject(value)) throw new UsageError(`--${name} must be a JSON object, for example '{"project":"web"}'`)
  return value
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) throw new UsageError(`--${name} must be a whole number from ${min} to ${max}`)
  return value
}

/** One of a few words. */
export function wordOption<T extends string>(name: string, text: string, words: readonly T[]): T {
  const word = words.find((one) => one === text)
  if (word === undefined) throw new UsageError(`--${name} must be one of ${words.join(', ')}`)
  return word
}

/** The operands of a command, by name; more or fewer are wrong usage. */
export function operands(positionals: readonly string[], ...names: string[]): string[] {
  if (positionals.length > names.length) throw new UsageError(`"${positionals[names.length]}" is one argument too many`)
  const missing = names[positionals.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  return [...positionals]
}
