import fc from 'fast-check'
import { Context, Liquid } from 'liquidjs'
import { describe, expect, it } from 'vitest'
import { quicken } from './plain-nodes.ts'

const liquid = new Liquid({ ownPropertyOnly: true, outputEscape: print })

function print(this: unknown, value: unknown): string {
  return `<${typeof value} ${JSON.stringify(value) ?? ''}>`
}

const run = (source: string, data: object, quick: boolean): unknown => {
  const templates = quick ? quicken(liquid.parse(source), print) : liquid.parse(source)
  // What a template counts is written into its scope.
  const context = new Context(structuredClone(data), liquid.options, { sync: true, globals: { locale: 'en' } }, { liquid })
  try {
    return liquid.renderSync(templates, context)
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

const NAMES = ['data', 'user', 'a', 'item', 'forloop', 'size', 'first', 'last', 'length', 'index', 'locale', 'constructor', '__proto__', '0']
const name = fc.constantFrom(...NAMES)
const step = fc.oneof({ weight: 5, arbitrary: name.map((one) => `.${one}`) }, fc.constantFrom('[0]', '[-1]', '["a"]', '[a]', '[data.a]'))
const path = fc.tuple(fc.constantFrom('data', 'user', 'a', 'item', 'forloop', 'size', 'locale', 'nil', '"text"', '12'), fc.array(step, { maxLength: 3 }))
const expression = path.map(([first, steps]) => first + steps.join(''))
const question = fc
  .tuple(expression, fc.constantFrom('', '', '', '', ' | upcase', ' | default: "-"', ' | default: false', ' == a', ' and data'))
  .map(([what, more]) => what + more)
const output = fc.tuple(question, fc.constantFrom('', '-')).map(([what, trim]) => `{{${trim} ${what} ${trim}}}`)

const source = fc.letrec<{ piece: string; pieces: string }>((tie) => ({
  pieces: fc.array(tie('piece'), { maxLength: 5 }).map((all) => all.join(' word ')),
  piece: fc.oneof(
    { maxDepth: 3 },
    { weight: 6, arbitrary: name.map((one) => `{{ data.${one} }}`) },
    { weight: 3, arbitrary: output },
    fc.constantFrom('{% assign a = data.a %}', '{% increment a %}', '{% comment %}{{ a }}{% endcomment %}', '{% break %}', '{% echo a %}'),
    {
      weight: 3,
      arbitrary: fc
        .tuple(question, tie('pieces'), question, tie('pieces'), tie('pieces'))
        .map(([a, b, c, d, e]) => `{% if ${a} %}${b}{% elsif ${c} %}${d}{% else %}${e}{% endif %}`),
    },
    fc.tuple(expression, tie('pieces')).map(([a, b]) => `{% unless ${a} %}${b}{% endunless %}`),
    fc.tuple(fc.constantFrom('a', 'item', 'data'), expression, tie('pieces')).map(([a, b, c]) => `{% for ${a} in ${b} %}${c}{% endfor %}`),
    tie('pieces').map((all) => `{% capture a %}${all}{% endcapture %}`),
  ),
})).pieces

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>('', 'word', '<b>', 0, 1.5, true, false, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value

describe('a template whose plain nodes are read directly', () => {
  it('prints exactly what LiquidJS prints', () => {
    let quickened = 0
    fc.assert(
      fc.property(source, value, value, (template, data, user) => {
        const scope = { data, user }
        if (quicken(liquid.parse(template), print).length < liquid.parse(template).length) quickened++
        expect(run(template, scope, true)).toEqual(run(template, scope, false))
      }),
      { numRuns: 1000 },
    )
    expect(quickened).toBeGreaterThan(100)
  })
})
