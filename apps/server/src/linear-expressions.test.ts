import { join } from 'node:path'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judge } from '../../../scripts/regex-judge.ts'
import { parseExpression } from '../../../scripts/regex-parse.ts'
import { expressionsIn, type Found, sourcesBelow } from '../../../scripts/regex-sources.ts'
import { stepsOf, TooManySteps } from '../../../scripts/regex-steps.ts'

/** Steps for each character that an expression may take without a word about it. */
const MOST_FACTOR = 100

/** The answer of a mail server is compared with rules up to its thousandth character. */
const REPLY = 'wordsIn reads 1,000 characters'

/** Expressions that are not linear by themselves, and the bound that makes each of them safe. */
const BOUNDED: readonly { file: string; begins: string; bound: string }[] = [
  { file: 'providers/smtp/smtp-replies.ts', begins: '/auth\\w* (is )?', bound: REPLY },
  { file: 'providers/smtp/smtp-replies.ts', begins: '/relay\\w*', bound: REPLY },
  { file: 'providers/smtp/smtp-replies.ts', begins: '/(outgoing|outbound) (mail', bound: REPLY },
  { file: 'providers/smtp/smtp-replies.ts', begins: '/((send(ing)?|submission', bound: REPLY },
  { file: 'providers/smtp/smtp-replies.ts', begins: '/(mailbox|mail ?box|inbox', bound: REPLY },
  { file: 'providers/smtp/smtp-replies.ts', begins: '/(user|mailbox|recipient', bound: REPLY },
]

/** Formats of a library that are not linear: 2,048 characters are some hundred thousand steps. */
const SHORT = ['url']

/** Expressions that are made while the hub runs, and why they are linear. */
const MADE: Readonly<Record<string, string>> = {
  'domain/escapes/signs.ts': 'one sign of ours with white space beside it: nothing is repeated',
  'domain/host.ts': 'one class, from the first to the last character of a label, after one look for a sign',
  'forms/pasted.ts': 'a pattern of a form of ours, which `patterns.test.ts` judges',
  'http/answers.ts': 'the path of a route of ours, whose parameters end at the next slash',
  'providers/smtp/smtp-secrets.ts': 'a text in which every sign is escaped: nothing is repeated',
  'rendering/moment.ts': 'shapes of dates, in a text of at most 100 characters',
}

const ROOT = join(import.meta.dirname, '../../..')
/** All that ships, and what users start from a checkout. `scripts/` and `bench/` read files of ours only. */
const FOLDERS = ['apps/server/bin', 'apps/server/src', 'apps/server/demo', 'docs/examples', 'packages/client/src', 'packages/pack/src']

const found: Found[] = FOLDERS.flatMap((folder) => sourcesBelow(join(ROOT, folder)).flatMap(([file, text]) => expressionsIn(`${folder}/${file}`, text)))
const fileOf = ({ file }: Found): string => file.replace('apps/server/src/', '')
const exceptionOf = (one: Found) => BOUNDED.find(({ file, begins }) => file === fileOf(one) && one.written.startsWith(begins))

function faultOf(source: string, flags: string): string | null {
  try {
    const { factor, pump } = judge(source, flags)
    return factor <= MOST_FACTOR ? null : `repeats ${JSON.stringify(pump)}, ${factor === Number.POSITIVE_INFINITY ? 'without a bound' : `${factor} times`}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('the judgement of expressions', () => {
  it.each([
    ['^(a+)+$', ''],
    ['^(a|a)*$', ''],
    ['^(a|ab|b)*$', ''],
    ['^(a*)*b', ''],
    ['^(?:a?b?)*c', ''],
    ['\\s+$', 'g'],
    ['\\S+@\\S+', 'g'],
    ['[\\w-]*\\d[\\w-]*', 'g'],
    ['<[^>]*>', 'g'],
    ['/+$', ''],
    ['[?>].*$', ''],
    ['a(?=.*b)', 'g'],
    ['a(?:.*b)?', 'g'],
    ['(?<=&\\w+);', 'g'],
    ['^.*,.*,.*;$', ''],
    ['^\\d*5\\w*$', ''],
    ['(["\']).*\\1x', ''],
    ['^\\s+x', 'gm'],
    ['x\\w{2,}y', ''],
    ['\\w{0,500}@', 'g'],
  ])('refuses /%s/%s', (source, flags) => {
    expect(faultOf(source, flags)).not.toBeNull()
  })

  it.each([
    ['^\\s+', ''],
    ['\\s+', 'g'],
    ['(?<!\\s)\\s+$', 'g'],
    ['(?<!/)/+$', ''],
    ['<[^<>]*>', 'g'],
    ['^[ \\t]+x', 'gm'],
    ['^(\\w+\\.)*\\w+$', ''],
    ['&#?\\w+;', 'g'],
    [';(?<=&#?\\w+;)', 'g'],
    ['(?:ab)+', 'g'],
    ['(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://', 'gi'],
    ['^(?=.*[-|])[\\s|:-]*$', ''],
    ['\\bcode="(\\d{3})"', ''],
    ['\\s{0,9}\\n', 'g'],
    ['[\\r\\n]+', 'y'],
    ['^([^?]*)(?:\\?(.*))?$', 's'],
    ['[a-z]+(?![a-z])x', 'y'],
  ])('accepts /%s/%s', (source, flags) => {
    expect(faultOf(source, flags)).toBeNull()
  })

  it('accepts no expression whose steps grow faster than a text', () => {
    const leaf = fc.constantFrom('a', 'b', '[ab]', '.', '[^a]', '^', '$', '\\b')
    const { source } = fc.letrec<{ source: string; part: string }>((tie) => ({
      source: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        tie('part'),
        fc.tuple(tie('part'), tie('source')).map((two) => two.join('')),
      ),
      part: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        leaf,
        fc.tuple(tie('source'), fc.constantFrom('*', '+', '?', '{0,2}', '*?', '{2,}')).map(([inner, count]) => `(?:${inner})${count}`),
        fc.tuple(tie('source'), tie('source')).map(([one, other]) => `(?:${one}|${other})`),
        fc.tuple(fc.constantFrom('?=', '?!', '?<=', '?<!'), tie('source')).map(([look, inner]) => `(${look}${inner})`),
      ),
    }))
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 })
    let accepted = 0
    fc.assert(
      fc.property(source, word, fc.constantFrom('', 'a', 'b'), fc.constantFrom('', 'a', 'b', 'c'), (written, pump, before, behind) => {
        if (faultOf(written, 'g') !== null) return
        accepted++
        const expression = parseExpression(written, 'g')
        const steps = (times: number): number => stepsOf(expression, before + pump.repeat(times) + behind, 200_000)
        let counted: [once: number, twice: number]
        try {
          counted = [steps(60), steps(120)]
        } catch (error) {
          // The counting engine calls itself for every character: nested repetitions use up its stack.
          if (error instanceof RangeError) return
          throw error
        }
        const [once, twice] = counted
        expect(twice, `/${written}/`).toBeLessThanOrEqual(2.5 * once + 200)
      }),
      { numRuns: 2_000 },
    )
    expect(accepted).toBeGreaterThan(300)
  })

  it('is what a counting engine sees: the refused ones grow with the square of a text', () => {
    for (const [source, pump] of [
      ['\\s+$', ' '],
      ['\\S+@\\S+', 'a'],
      ['a(?=.*b)', 'a'],
      ['<[^>]*>', '<'],
    ] as const) {
      const expression = parseExpression(source, 'g')
      const steps = (times: number): number => stepsOf(expression, `${pump.repeat(times)}${pump === ' ' ? 'x' : '\n'}`)
      expect(steps(200), source).toBeGreaterThan(3.5 * steps(100))
    }
    expect(() => stepsOf(parseExpression('^(a+)+$', ''), `${'a'.repeat(40)}!`)).toThrow(TooManySteps)
  })
})

describe('every expression of the hub', () => {
  it('is found: literals, and those that are made from text', () => {
    const template = ['`^$', '{A}$`'].join('')
    const text = 'const A = "a+"\nexport const b = [/x/g, new RegExp(TEMPLATE, "u"), new RegExp(given())]\n'.replace('TEMPLATE', () => template)
    expect(expressionsIn('x.ts', text)).toEqual([
      { file: 'x.ts', line: 2, source: 'x', flags: 'g', written: '/x/g' },
      { file: 'x.ts', line: 2, source: '^a+$', flags: 'u', written: `${template}, "u"` },
      { file: 'x.ts', line: 2, source: null, flags: '', written: 'given()' },
    ])
    expect(found.length).toBeGreaterThan(400)
  })

  it('takes time that grows with the length of a text only, or says what bounds the text', () => {
    const faults = found.flatMap((one) => {
      const fault = one.source === null ? null : faultOf(one.source, one.flags)
      return fault === null || exceptionOf(one) !== undefined ? [] : [`${fileOf(one)}:${one.line} ${one.written}: ${fault}`]
    })
    expect(faults).toEqual([])
  })

  it('is known when it is made while the hub runs', () => {
    expect(found.filter(({ source }) => source === null).map(fileOf)).toEqual(Object.keys(MADE))
  })

  it('needs its exception', () => {
    const needed = new Set(found.filter(({ source, flags }) => source !== null && faultOf(source, flags) !== null).map(exceptionOf))
    expect(BOUNDED.filter((one) => !needed.has(one))).toEqual([])
  })

  it('takes such time in the formats of data schemas too, whose texts have at most 2,048 characters', () => {
    const formats = Object.entries(fullFormats).flatMap(([name, format]) => (format instanceof RegExp ? [[name, format] as const] : []))
    expect(formats.length).toBeGreaterThan(10)
    expect(formats.flatMap(([name, { source, flags }]) => (faultOf(source, flags) === null ? [] : [name]))).toEqual(SHORT)
  })
})
