import type { Context } from 'liquidjs'
import { MAX_DEDUP_KEY } from '../domain/event-type.ts'
import type { JsonObject } from '../domain/json.ts'
import { createEngine } from './liquid.ts'
import { quicken } from './plain-nodes.ts'
import { asRenderError, RenderError } from './render-error.ts'
import { plainValue, TrustedMarkdown, textOf } from './sealed.ts'
import { oneLine } from './visible.ts'

/** Longest source of a dedup template, characters. */
const MAX_SOURCE = 1024
/** Characters and list entries that the filters of one template may handle: far more than a key has, and little work. */
const MAX_HANDLED = 20_000
/** Parsed templates that are kept. */
const KEPT = 1000
const PRINTED = 'carillon.printed'
const READER = { locale: 'en', timezone: 'UTC' }
const NAMES = ['data', 'locale', 'timezone']

/**
 * A dedup template runs while its event is accepted, on the thread of all requests. So its work is bounded by what it may contain and not by a
 * clock, which a stalled machine would let fail a good report: no loops, little text in filters, and it ends with the first value too many.
 */
const engine = createEngine(print, { memoryLimit: MAX_HANDLED, without: ['for', 'tablerow'] })
const parsed = new Map<string, ReturnType<typeof engine.parse>>()

function print(this: { context: Context } | undefined, value: unknown): string {
  if (!this) throw new RenderError('template', 'A value was printed outside of a template')
  const text = plainValue(textOf(value instanceof TrustedMarkdown ? value.text : value))
  const printed = this.context.getRegister(PRINTED, 0) + text.length
  this.context.setRegister(PRINTED, printed)
  // Spaces at both ends do not count, so somewhat more may be printed than a key has.
  if (printed > 2 * MAX_DEDUP_KEY) throw new RenderError('template', `It prints more than the ${MAX_DEDUP_KEY} characters of a key`)
  return text
}

function parse(source: string): ReturnType<typeof engine.parse> {
  if (source.length > MAX_SOURCE) throw new RenderError('template', `A dedup template has at most ${MAX_SOURCE} characters; this one has ${source.length}`)
  return engine.parse(source)
}

function parsedOnce(source: string): ReturnType<typeof engine.parse> {
  const known = parsed.get(source)
  if (known !== undefined) return known
  const made = quicken(parse(source), print)
  if (parsed.size >= KEPT) parsed.delete(parsed.keys().next().value ?? '')
  parsed.set(source, made)
  return made
}

/** The dedup key of an event, on one line and without spaces at its ends; empty = none. Throws `RenderError` in the words of the template's author. */
export function dedupKey(source: string, data: JsonObject): string {
  try {
    const key = oneLine(String(engine.renderSync(parsedOnce(source), { data }, { globals: READER })))
    if (key.length > MAX_DEDUP_KEY) throw new RenderError('template', `It makes ${key.length} characters, and a key has at most ${MAX_DEDUP_KEY}`)
    return key
  } catch (error) {
    throw inWords(error)
  }
}

/** Why a dedup template cannot be saved, tried with the sample; null when it can. */
export function dedupProblem(source: string, sample: JsonObject): string | null {
  try {
    const stranger = engine.globalVariablesSync(parse(source), { partials: false }).find((name) => !NAMES.includes(name))
    if (stranger !== undefined) return `Nothing is called \`${stranger}\` here: the key is made when an event is accepted, of \`data\` alone`
    dedupKey(source, sample)
    return null
  } catch (error) {
    return inWords(error).message
  }
}

/** LiquidJS says that a tag is not found and that an allocation limit was exceeded; the author needs the rule. */
function inWords(error: unknown): RenderError {
  const { kind, message } = asRenderError(error)
  if (/tag "(for|tablerow)" not found/.test(message))
    return new RenderError('template', 'A dedup template has no loops; the filters `join` and `map` print a list', error)
  if (/memory alloc limit exceeded/.test(message))
    return new RenderError('template', `Its filters handle more than ${MAX_HANDLED.toLocaleString('en')} characters or list entries`, error)
  return new RenderError(kind, message, error)
}
