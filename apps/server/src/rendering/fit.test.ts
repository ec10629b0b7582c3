import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sizeOf, type Unit } from '../domain/cut.ts'
import { dialects, type Format } from './dialects/index.ts'
import { fit, fitAround, fitLine } from './fit.ts'
import { parseMarkdown } from './markdown.ts'
import { HOSTILE } from './testing/input.ts'

const document = (text: string) => parseMarkdown({ text, values: [] })
const formats = fc.constantFrom(...(Object.keys(dialects) as Format[]))
const units = fc.constantFrom<Unit>('chars', 'bytes')
const sources = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE, '👩‍👩‍👧‍👦 é 日本語 ', '**bold 👍🏽** *x*\n\n', '[link](https://x.test)\n\n', '- a\n- b\n\n'),
      fc.string({ unit: 'grapheme' }),
    ),
  )
  .map((p) => p.join(''))

it('never exceeds the limit and never splits a surrogate pair', () => {
  fc.assert(
    fc.property(sources, formats, units, fc.integer({ min: 0, max: 120 }), (source, format, unit, limit) => {
      const text = fit(document(source), dialects[format], limit, unit)
      expect(sizeOf(text, unit)).toBeLessThanOrEqual(limit)
      expect(text.isWellFormed()).toBe(true)
    }),
    { numRuns: 400 },
  )
})

it('escapes no more of a text than could fit, however long it is', () => {
  const escapedFor = (length: number): number => {
    let escaped = 0
    const dialect = {
      ...dialects.zulip,
      text: (text: string) => {
        escaped += text.length
        return dialects.zulip.text(text)
      },
    }
    const blocks = parseMarkdown({ text: '\ufdd00\ufdd1', values: ['`'.repeat(length)] })
    expect(fit(blocks, dialect, 10_000).length).toBeGreaterThan(9_900)
    return escaped
  }
  expect(escapedFor(250_000)).toBeLessThanOrEqual(20 * 10_000)
  expect(escapedFor(250_000)).toBe(escapedFor(125_000))
})

it('fits a text whose blanks are left out', () => {
  expect(fit(document(`a${' '.repeat(5_000)}\n\nb`), dialects.html, 40)).toBe('<p>a</p>\n<p>b</p>')
})

it('leaves alone what fits', () => {
  expect(fit(document('**a** b'), dialects.html, 30)).toBe('<p><strong>a</strong> b</p>')
})

it('cuts words, not markup', () => {
  const source = document('Hello **bold words** and [a link](https://x.test/long/path)')
  expect(fit(source, dialects.html, 40)).toBe('<p>Hello <strong>bold word…</strong></p>')
  expect(fit(source, dialects.markdown, 16)).toBe('Hello **bold…**')
})

it('drops what comes behind the cut, with one mark', () => {
  const text = fit(document(`First paragraph.\n\n- one\n- two\n\n${'long '.repeat(100)}`), dialects.text, 34)
  expect(text).toBe('First paragraph.\n\n- one\n- two\n\nlo…')
})

it('keeps an emoji whole or leaves it out', () => {
  expect(fitLine('ab👩‍👩‍👧‍👦cd', 8)).toBe('ab…')
  expect(fitLine('日本語', 6, 'bytes')).toBe('日…')
  expect(fitLine('abc', 0)).toBe('')
})

describe('a document that is cut anywhere', () => {
  const VALUES = ['lorem ipsum dolor ', '👩‍👩‍👧‍👦', '🇩🇪', 'x👍🏽', 'e\u0301', 'שלום ', '日本語'].map((unit) => unit.repeat(Math.ceil(400 / unit.length)).trim())
  const SHAPES = [
    '**{{v}}** [{{v}}](https://ok.test/target) tail',
    '> *{{v}}* and ~~{{v}}~~',
    '- {{v}}\n- **{{v}}**\n\n1. {{v}}\n   - [**{{v}}**](https://ok.test/)',
    '```\n{{v}}\n{{v}}\n```\n\nend',
    '| **{{v}}** | {{v}} |\n|---|---|\n| {{v}} | `{{v}}` |\n| {{v}} | {{v}} |',
    '# {{v}}\n\n**{{v}}** {{v}}',
  ]
  const sources = fc.tuple(fc.constantFrom(...SHAPES), fc.constantFrom(...VALUES)).map(([shape, value]) => shape.replaceAll('{{v}}', value))
  const even = (text: string, sign: string) => text.split(sign).length % 2 === 1

  /** What is open at the end, by the rules of each dialect; values have none of its signs. */
  const unclosed: Partial<Record<Format, (text: string) => unknown>> = {
    html: openTags,
    telegram: openTags,
    'google-chat': openTags,
    discord: (text) => !even(text, '**') || !even(text, '```') || !even(text, '~~') || /\]\((?!https:\/\/ok\.test\/(target)?\))/.test(text),
    markdown: (text) => !even(text, '**') || !even(text, '```') || !even(text, '~~') || /\]\((?!https:\/\/ok\.test\/(target)?\))/.test(text),
    slack: (text) => !even(text, '*') || !even(text, '```') || !even(text, '~') || /<(?!https:\/\/ok\.test\/(target)?\|[^<>]*>)/.test(text),
    'adaptive-card': (text) => !even(text, '**') || /\]\((?!https:\/\/ok\.test\/(target)?\))/.test(text),
    feishu: (text) => !even(text, '**') || !even(text, '~~'),
  }

  it('ends in one mark, at the border of a grapheme, with everything closed', () => {
    const cases = fc.property(sources, formats, units, fc.integer({ min: 30, max: 1_500 }), (source, format, unit, limit) => {
      const whole = fit(document(source), dialects[format], undefined)
      const text = fit(document(source), dialects[format], limit, unit)
      expect(sizeOf(text, unit)).toBeLessThanOrEqual(limit)
      if (sizeOf(whole, unit) <= limit) expect(text).toBe(whole)
      else if (text !== '') expect(text.split('…')).toHaveLength(2)
      expect(unclosed[format]?.(text) || false, `${format}: ${text}`).toBe(false)
      const before = text.split('…')[0]?.match(/[^\s<>*_~`|[\]()]*$/)?.[0] ?? ''
      expect(before).not.toMatch(/\u200d$|^[\u0301\u{1f3fb}-\u{1f3ff}]/u)
      expect((before.match(/[\u{1f1e6}-\u{1f1ff}]/gu) ?? []).length % 2).toBe(0)
      if (before.includes('👩')) expect(before.endsWith('👩‍👩‍👧‍👦')).toBe(true)
    })
    fc.assert(cases, { numRuns: 600 })
  })

  it('keeps what stands behind it whole, unless that would take most of the room', () => {
    const behind = document('- [Open](https://ok.test/one)')
    const words = document('lorem ipsum '.repeat(100))
    expect(fitAround(words, behind, dialects.text, 60)).toBe('lorem ipsum lorem ipsum lorem…\n\n- Open (https://ok.test/one)')
    expect(fitAround(words, behind, dialects.text, 40)).toMatch(/^lorem ipsum lorem.*…$/)
  })

  it('is cut until the whole message fits', () => {
    const fits = (text: string) => JSON.stringify({ text }).length <= 30
    expect(fit(document('"a" "b" "c" "d" "e"'), dialects.text, 100, 'chars', fits)).toBe('"a" "b" "c"…')
  })
})

/** The tags that are still open, or that close what is not open. */
function openTags(text: string): string | false {
  const open: string[] = []
  for (const [, slash, name = ''] of text.matchAll(/<(\/?)(\w+)[^>]*>/g)) {
    if (name === 'br' || name === 'hr') continue
    if (slash === '') open.push(name)
    else if (open.pop() !== name) return name
  }
  return open.join(' ') || (/<[^>]*$/.test(text) ? 'a tag is cut' : false)
}
