import { type Context, type Emitter, type Expression, IfTag, Output, type Scope, type Template, TypeGuards } from 'liquidjs'

/** What becomes of a printed value: `outputEscape` of the engine. */
type Print = (this: { context: Context }, value: unknown) => string

/**
 * LiquidJS runs a dozen generators to print one `{{ data.name }}`, which is most of what a message costs. Words, and values that are
 * printed by a plain path, are therefore read and written directly, by the same context and the same escape; all else stays LiquidJS's.
 * Loops are left alone: inside them a name may mean something nearer.
 */
export function quicken(templates: Template[], print: Print): Template[] {
  return templates.map((template) => {
    if (TypeGuards.isHTMLToken(template.token)) return words(template, template.token.getContent())
    if (template instanceof Output) return output(template, print)
    if (template instanceof IfTag) {
      for (const branch of template.branches) branch.templates = quicken(branch.templates, print)
      if (template.elseTemplates) template.elseTemplates = quicken(template.elseTemplates, print)
    }
    return template
  })
}

const words = ({ token }: Template, text: string): Template => ({ token, render: (_: Context, emitter: Emitter) => emitter.write(text) })

/** The engine's escape is every output's last filter, so one with a single filter has none of its own. */
function output(slow: Output, print: Print): Template {
  const path = slow.value.filters.length === 1 ? pathOf(slow.value.initial) : null
  if (path === null) return slow
  return {
    token: slow.token,
    arguments: () => slow.arguments(),
    render: (context: Context, emitter: Emitter) => emitter.write(print.call({ context }, read(context, path))),
  }
}

/** The names of `a.b.c`; null for anything else, brackets with a path inside included. */
function pathOf({ postfix }: Expression): [string, ...string[]] | null {
  const [token] = postfix
  if (postfix.length !== 1 || !TypeGuards.isPropertyAccessToken(token) || token.variable !== undefined) return null
  const [first, ...rest] = token.props.flatMap((prop) => (TypeGuards.isWordToken(prop) ? [prop.content] : []))
  return first === undefined || rest.length !== token.props.length - 1 ? null : [first, ...rest]
}

function read(context: Context, path: [string, ...string[]]): unknown {
  const [first] = path
  let value: Scope = first in context.bottom() ? context.bottom() : first in context.environments ? context.environments : context.globals
  for (const name of path) value = context.readProperty(value, name)
  return value
}
