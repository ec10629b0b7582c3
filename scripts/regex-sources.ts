// The regular expressions that stand in source files.
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { parseSync } from 'oxc-parser'

/** A literal, or what a `new RegExp` is given: `source` is its text when that is a constant, else null. */
export interface Found {
  file: string
  line: number
  source: string | null
  flags: string
  /** The arguments as they are written; of a literal the literal. */
  written: string
}

/** Every expression of one file. */
export function expressionsIn(file: string, text: string): Found[] {
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const found: Found[] = []
  const constants = new Map<string, string>()
  const lineOf = (start: number): number => text.slice(0, start).split('\n').length
  const add = (node: Node, source: string | null, flags: string, written: string) =>
    found.push({ file, line: lineOf(Number(node['start'])), source, flags, written })

  for (const node of nodesOf(program)) {
    const { id, init, regex } = node
    if (node['type'] === 'VariableDeclarator' && isNode(id) && isNode(init)) {
      const value = constant(init, constants)
      if (value !== null) constants.set(String(id['name']), value)
    }
    if (node['type'] === 'Literal' && isNode(regex)) {
      const [source, flags] = [String(regex['pattern']), String(regex['flags'])]
      add(node, source, flags, `/${source}/${flags}`)
    }
    const { callee } = node
    const args = node['arguments']
    if ((node['type'] === 'NewExpression' || node['type'] === 'CallExpression') && isNode(callee) && callee['name'] === 'RegExp' && Array.isArray(args)) {
      const [source, flags] = args.filter(isNode)
      const written = text.slice(Number(source?.['start']), Number((flags ?? source)?.['end']))
      add(node, source === undefined ? '' : constant(source, constants), flags === undefined ? '' : (constant(flags, constants) ?? ''), written)
    }
  }
  return found
}

type Node = Record<string, unknown>

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const one of value) yield* nodesOf(one)
  else if (isNode(value) && !(value instanceof RegExp)) {
    yield value
    for (const [name, one] of Object.entries(value)) if (name !== 'regex' && typeof one === 'object') yield* nodesOf(one)
  }
}

/** The text of a literal, or of a template of constants of the same file; null when it is known at run time only. */
function constant(node: Node, constants: ReadonlyMap<string, string>): string | null {
  if (node['type'] === 'Literal' && typeof node['value'] === 'string') return node['value']
  if (node['type'] === 'Literal' && isNode(node['regex'])) return String(node['regex']['pattern'])
  if (node['type'] === 'Identifier') return constants.get(String(node['name'])) ?? null
  if (node['type'] !== 'TemplateLiteral') return null
  const { quasis, expressions } = node
  if (!Array.isArray(quasis) || !Array.isArray(expressions)) return null
  return quasis.reduce<string | null>((text, quasi, i) => {
    const inner = i === 0 ? '' : constant(expressions[i - 1], constants)
    return text === null || inner === null ? null : text + inner + String(quasi.value.cooked)
  }, '')
}

/** The source files below a folder, without tests and what only tests use. */
export function sourcesBelow(folder: string): [file: string, text: string][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(sep, '/'))
    .filter((file) => /\.(?:ts|mjs)$/.test(file) && !file.endsWith('.test.ts') && !/(^|\/)(testing|dist|node_modules)(\/|\.ts$)/.test(file))
    .sort()
    .map((file) => [file, readFileSync(join(folder, file), 'utf8')])
}
