import { type Context, type Emitter, type Expression, IfTag, isTruthy, Output, type Scope, type Template, TypeGuards } from 'liquidjs'

/** The engine's `outputEscape` for a printed value. */
type Print = (this: { context: Context }, value: unknown) => string
/** Makes the text of one node. */
type Write = (context: Context) => string
/** The path of `a.b.c`. */
type Path = [string, ...string[]]

/**
 * LiquidJS runs a dozen generators to print one `{{ data.name }}`, which was most of the cost of a message. Literal text, values printed by
 * a plain path, and conditions that only test such a value are written directly instead, with the same context, limit and escaping;
 * everything else stays with LiquidJS. Loops are excluded: inside them a name may refer to a loop variable. The result is for rendering
 * only: it does not list the variables that it reads.
 */
export function quicken(templates: Template[], print: Print): Template[] {
  const quick: Template[] = []
  /** Writers of consecutive nodes, merged into one node. */
  let run: Write[] | null = null
  for (const template of templates) {
    const write = writerOf(template, print)
    if (write === null) {
      if (template instanceof IfTag) {
        for (const branch of template.branches) branch.templates = quicken(branch.templates, print)
        template.elseTemplates &&= quicken(template.elseTemplates, print)
      }
      quick.push(template)
      run = null
    } else if (run === null) {
      const writers = [write]
      run = writers
      quick.push({ token: template.token, render: (context: Context, emitter: Emitter) => emitter.write(writeAll(writers, context)) })
    } else run.push(write)
  }
  return quick
}

/** Null for a node that LiquidJS must render. */
function writerOf(template: Template, print: Print): Write | null {
  if (TypeGuards.isHTMLToken(template.token)) {
    const text = template.token.getContent()
    return () => text
  }
  if (template instanceof Output) return valueWriter(template, print)
  return template instanceof IfTag ? choiceWriter(template, print) : null
}

/** The engine's escape is the last filter of every output, so an output with one filter has none of its own. */
function valueWriter({ value: { filters, initial } }: Output, print: Print): Write | null {
  const path = filters.length === 1 ? pathOf(initial) : null
  if (path === null) return null
  return (context) => {
    context.renderLimit.check(performance.now())
    return print.call({ context }, read(context, path))
  }
}

function choiceWriter({ branches, elseTemplates = [] }: IfTag, print: Print): Write | null {
  const choices = branches.flatMap(({ value, templates }) => {
    const path = value.filters.length === 0 ? pathOf(value.initial) : null
    const writers = writersOf(templates, print)
    return path === null || writers === null ? [] : [{ path, writers }]
  })
  const otherwise = writersOf(elseTemplates, print)
  if (otherwise === null || choices.length < branches.length) return null
  return (context) => writeAll(choices.find(({ path }) => isTruthy(read(context, path), context))?.writers ?? otherwise, context)
}

function writersOf(templates: Template[], print: Print): Write[] | null {
  const writers = templates.map((template) => writerOf(template, print))
  return writers.every((write) => write !== null) ? writers : null
}

function writeAll(writers: Write[], context: Context): string {
  let text = ''
  for (const write of writers) text += write(context)
  return text
}

/** Null for anything but plain names: literals, operators, brackets with a path inside. */
function pathOf({ postfix }: Expression): Path | null {
  const [token] = postfix
  if (postfix.length !== 1 || !TypeGuards.isPropertyAccessToken(token) || token.variable !== undefined) return null
  const [first, ...rest] = token.props.flatMap((prop) => (TypeGuards.isWordToken(prop) ? [prop.content] : []))
  return first === undefined || rest.length !== token.props.length - 1 ? null : [first, ...rest]
}

function read(context: Context, path: Path): unknown {
  const [first] = path
  let value: Scope = first in context.bottom() ? context.bottom() : first in context.environments ? context.environments : context.globals
  for (const name of path) value = context.readProperty(value, name)
  return value
}
