import { CaptureTag, Context, Liquid, type Template } from 'liquidjs'
import { countedLoops } from './counted-loops.ts'
import { filters } from './filters.ts'
import { plainLine } from './lines.ts'
import { quicken } from './plain-nodes.ts'
import type { Reader } from './reader.ts'
import { asRenderError, RenderError } from './render-error.ts'
import { NOTHING, plainValue, type Sealed, sealMark, TrustedMarkdown, textOf, unseal, type Value, withoutMarks } from './sealed.ts'
import { visible } from './visible.ts'

/** The variables of a template. Plain JSON only: no functions, no class instances. */
export interface Scope {
  data: object
  user: object
  event: object
  url: string
  instance: object
}
export const SCOPE_NAMES = ['data', 'user', 'event', 'url', 'instance', 'locale', 'timezone'] as const

/** Maximum characters of one template's source. */
export const MAX_SOURCE = 65_536
/** Maximum characters that one template may print. */
const MAX_OUTPUT = 262_144
/** Cache size in characters of source; the parsed form is about fifty times as large. */
const CACHED = 1_000_000

const VALUES = 'carillon.values'
const TRUSTING = 'carillon.trusting'
const valuesOf = (context: Context): Value[] => context.getRegister(VALUES, [])

const engine = createEngine(seal)
/** Least recently used first. */
const parsed = new Map<string, Template[]>()
let cachedChars = 0

/** Prints one value; `this` is undefined outside of a template. */
export type PrintValue = (this: { context: Context } | undefined, value: unknown) => string

/**
 * Limits are cooperative and use the wall clock, so the render limit is wide (a stalled machine must not fail a good template), and
 * templates are checked in a separate process when saved. No file system, no partials, nothing that prints unescaped.
 * `memoryLimit` counts characters and list entries that filters handle; `without` names tags that do not exist here.
 */
export function createEngine(print: PrintValue, { memoryLimit = 1e6, without = [] as readonly string[] } = {}): Liquid {
  const liquid = new Liquid({
    templates: {},
    relativeReference: false,
    dynamicPartials: false,
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: false,
    parseLimit: MAX_SOURCE,
    renderLimit: 2_000,
    memoryLimit,
    outputEscape: print,
  })
  for (const [name, tag] of Object.entries(countedLoops)) liquid.registerTag(name, tag)
  for (const tag of ['include', 'render', 'layout', 'block', 'raw', ...without]) delete liquid.tags[tag]
  delete liquid.filters['raw']
  for (const [name, filter] of Object.entries(filters)) liquid.registerFilter(name, filter)
  if (print === seal) liquid.registerTag('capture', Capture())
  return liquid
}

function seal(this: { context: Context } | undefined, value: unknown): string {
  if (!this) throw new RenderError('template', 'A value was printed outside of a template')
  if (value instanceof TrustedMarkdown) {
    this.context.setRegister(TRUSTING, true)
    return withoutMarks(visible(value.text))
  }
  const text = textOf(value)
  if (plainValue(text) === '') return NOTHING
  const values = valuesOf(this.context)
  return sealMark(values.push(text) - 1)
}

/** A captured text is a value again: comparisons and filters must see letters, not markers. */
function Capture() {
  return class extends CaptureTag {
    override *render(context: Context): Generator<unknown, void, string> {
      yield* super.render(context)
      const frame = context.bottom()
      const captured: unknown = Reflect.get(frame, this.variable)
      if (typeof captured === 'string') Reflect.set(frame, this.variable, unseal(captured, valuesOf(context), plainValue))
    }
  }
}

/** The parsed template, cached by its source. Throws `RenderError('template')` with line and column. */
export function parseTemplate(source: string): Template[] {
  const known = parsed.get(source)
  if (known) {
    parsed.delete(source)
    parsed.set(source, known)
    return known
  }
  const templates = quicken(parse(source), seal)
  parsed.set(source, templates)
  cachedChars += source.length
  for (const oldest of parsed.keys()) {
    if (cachedChars <= CACHED) break
    parsed.delete(oldest)
    cachedChars -= oldest.length
  }
  return templates
}

function parse(source: string): Template[] {
  try {
    return engine.parse(withoutMarks(source))
  } catch (error) {
    throw new RenderError('template', error instanceof Error ? error.message : String(error), error)
  }
}

/** The variables a template reads but does not define; finds typos. */
export const globalsOf = (source: string): string[] => engine.globalVariablesSync(parse(source), { partials: false })

/** Renders a template; values stay sealed. Throws `RenderError`. */
export function renderSealed(source: string, scope: Scope, reader: Reader): Sealed {
  if (!source.includes('{{') && !source.includes('{%')) return { text: withoutMarks(source), values: [] }
  const templates = parseTemplate(source)
  const context = new Context(scope, engine.options, { sync: true, globals: { ...reader } }, { liquid: engine })
  const values: Value[] = []
  context.setRegister(VALUES, values)
  let text: unknown
  try {
    text = engine.renderSync(templates, context)
  } catch (error) {
    throw asRenderError(error)
  }
  if (typeof text !== 'string') throw new RenderError('template', 'The template printed no text')
  let size = text.length
  for (const value of values) size += plainValue(value).length
  if (size > MAX_OUTPUT) throw new RenderError('template', `The template printed ${size} characters; at most ${MAX_OUTPUT} are allowed`)
  return { text, values, ...(context.getRegister(TRUSTING) === true ? { trusting: true as const } : {}) }
}

/** A title, subject or label: never escaped, always one line. */
export function renderLine(source: string, scope: Scope, reader: Reader): string {
  return plainLine(renderSealed(source, scope, reader))
}
