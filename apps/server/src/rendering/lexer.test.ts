import fc from 'fast-check'
import { Marked, type Token } from 'marked'
import { describe, expect, it } from 'vitest'
import { countStops, piecesOf } from './inline-pieces.ts'
import { lex, spent } from './lexer.ts'
import { CONSTRUCTS, ORDINARY, repeated } from './testing/constructs.ts'

const LENGTH = 32_768
const marked = new Marked({ gfm: true })
const plain = (tokens: Token[]): unknown => JSON.parse(JSON.stringify(tokens))

/** How often an expression is asked, and how many characters those of the ends of emphasis look through. */
function askedOf(text: string): { asked: number; sought: number } {
  const exec = RegExp.prototype.exec
  let [asked, sought] = [0, 0]
  RegExp.prototype.exec = function (this: RegExp, given: string) {
    asked++
    const from = this.lastIndex
    const found = exec.call(this, given)
    // Not what the lexer says itself: a search that it forgot to count would be the fault.
    if (this.constructor.name === 'Seeking') sought += (found === null ? given.length : this.lastIndex) - from
    return found
  }
  try {
    lex(text)
  } finally {
    RegExp.prototype.exec = exec
  }
  return { asked, sought }
}

/** Steps of one text: expressions that are asked, and characters that are looked through by those that may look far. */
function stepsOf(text: string): number {
  const { asked, sought } = askedOf(text)
  return asked + sought + spent.ahead + spent.steps
}

describe('a text that people write', () => {
  it.each(Object.entries(ORDINARY))('%s is read as marked reads it', (_name, write) => {
    const text = write(LENGTH)
    expect(text.length).toBeGreaterThan(LENGTH - 300)
    expect(plain(lex(text))).toEqual(plain(marked.lexer(text)))
  })

  it.each(['*', '_', '~', '`', '<', '&', ':', '(', 'a', '.'])('is read as marked reads it where one sign is emphasised: %s', (sign) => {
    for (const shape of [`**${sign}**`, `~~${sign}~~`, `x *${sign}* y`, `[${sign}](https://x.example)`, `<pre>*${sign}* ~${sign}~</pre>`])
      expect(plain(lex(shape)), shape).toEqual(plain(marked.lexer(shape)))
  })

  it('is read as marked reads it, whatever it is composed of', () => {
    const part = fc.oneof(fc.constantFrom(...CONSTRUCTS), fc.constantFrom('word ', 'two words', '\n\n', '\n'))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const text = parts.join('')
        expect(plain(lex(text))).toEqual(plain(marked.lexer(text)))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a hostile text', () => {
  // Per character: the stops of a piece, what blocks and emphasis may look through, and some thirty expressions that are asked at each sign.
  const MOST_PER_CHAR = 420

  it('costs a bounded number of steps for each of its characters, whatever it repeats', () => {
    const dear = CONSTRUCTS.filter((_, i) => i % 17 === 0).flatMap((unit) => {
      const steps = stepsOf(repeated(unit, 4_096))
      return steps <= 4_096 * MOST_PER_CHAR ? [] : [{ unit, steps }]
    })
    expect(dear).toEqual([])
  })

  it.each([
    '*a _',
    '[',
    '_',
    '~',
    '#',
    '1. ',
    '> ',
    '`',
    '<',
    '&',
    '|-|\n',
    'aaaa@',
    'www.',
    '[x](',
    '![',
    '- - a\n',
    '[a]: x\n',
    '\t ',
    '-\n',
    '\u200b_',
    'a|**',
  ])('of twice the length costs at most two and a half times the steps: %j', (unit) => {
    expect(stepsOf(repeated(unit, LENGTH))).toBeLessThanOrEqual(2.5 * stepsOf(repeated(unit, LENGTH / 2)))
  })

  it.each(['~é', ']*', '*a*', '**a** ', '_a_ '])('has at most 3,000 emphases, and what is beyond stays as written: %j', (unit) => {
    const tokens = lex(repeated(unit, LENGTH))
    const spans = spansOf(tokens)
    expect(spans).toBeLessThanOrEqual(3_000)
    expect(shownBy(tokens).length).toBeGreaterThanOrEqual(repeated(unit, LENGTH).length - 4 * spans - 1)
  })

  it('is searched for the ends of emphasis four times over at most, and by the search that exceeds this', () => {
    for (const unit of ['*a _', '*a', 'a* b* *c ']) {
      const text = repeated(unit, 190) + ' word'.repeat(1_000)
      expect(askedOf(text).sought, unit).toBeLessThanOrEqual(500 + 5 * text.length)
    }
  })

  it('is nested to a bounded depth', () => {
    const insideOf = (token: Token): Token[] => ('items' in token ? token['items'] : 'tokens' in token && token.tokens ? token.tokens : [])
    const depthOf = (tokens: Token[]): number => Math.max(0, ...tokens.map((token) => 1 + depthOf(insideOf(token))))
    expect(depthOf(lex(`${'> '.repeat(200)}a`))).toBeLessThanOrEqual(16 + 2)
    expect(depthOf(lex(`${'- '.repeat(200)}a`))).toBeLessThanOrEqual(2 * 16 + 2)
  })

  it('has emphasis within emphasis to a bounded depth, and what is deeper stays as written', () => {
    const nested = (levels: number): string => (levels === 0 ? 'x' : levels % 2 === 0 ? `*a ${nested(levels - 1)} a*` : `_a ${nested(levels - 1)} a_`)
    const deepest = (tokens: Token[]): number =>
      Math.max(0, ...tokens.map((token) => (token.type === 'em' ? 1 : 0) + ('tokens' in token && token.tokens ? deepest(token.tokens) : 0)))
    expect(deepest(lex(nested(6)))).toBe(6)
    expect(deepest(lex(nested(12)))).toBe(8)
    expect(shownBy(lex(nested(12)))).toContain('a *a _a *a _a x a_ a* a_ a* a')
  })

  it('is not read again and again by the emphasis around it', () => {
    let text = ':'.repeat(78)
    for (const sign of ['*', '_', '*', '_', '*', '_', '*', '_']) text = `${sign}a ${text} a${sign}`
    lex(text)
    expect(spent.steps).toBeGreaterThan(0)
    expect(spent.steps).toBeLessThanOrEqual(192 * text.length)
  })

  it('is looked through by the rules of blocks a bounded number of times, however many blocks begin before a blank line', () => {
    const exec = RegExp.prototype.exec
    for (const unit of ['a\n# b\n', 'a\n***\n', 'a\n> b\n', 'a\n```\nb\n```\n']) {
      const text = repeated(unit, LENGTH)
      let looked = 0
      RegExp.prototype.exec = function (this: RegExp, given: string) {
        if (['Heading', 'Paragraph'].includes(this.constructor.name)) looked += given.length
        return exec.call(this, given)
      }
      try {
        lex(text)
      } finally {
        RegExp.prototype.exec = exec
      }
      expect(looked, unit).toBeLessThanOrEqual(2_000 + 18 * text.length)
    }
  })

  it('is shown as it was written', () => {
    for (const unit of ['*a _', '~~b ', '**a|', '__a ']) expect(shownBy(lex(repeated(unit, LENGTH))).length, unit).toBeGreaterThan(0.9 * LENGTH)
    const deep = `${'> '.repeat(200)}the *end*`
    expect(shownBy(lex(deep))).toContain('the end')
  })

  it('does not change what the rest of the document looks like', () => {
    const tokens = lex(`${'*a _'.repeat(2_000)}\n\nThis is **bold**.\n`)
    expect(tokens.at(-1)).toMatchObject({ type: 'paragraph', tokens: [{ text: 'This is ' }, { type: 'strong', text: 'bold' }, { text: '.' }] })
  })
})

const spansOf = (tokens: Token[]): number =>
  tokens.reduce(
    (sum, token) => sum + (['em', 'strong', 'del'].includes(token.type) ? 1 : 0) + ('tokens' in token && token.tokens ? spansOf(token.tokens) : 0),
    0,
  )

const shownBy = (tokens: Token[]): string =>
  tokens.map((token) => ('tokens' in token && token.tokens ? shownBy(token.tokens) : 'text' in token ? String(token.text) : '')).join('')

describe('pieces of a text', () => {
  const written = (text: string, most: number) => [...piecesOf(text, most)].map(({ text: part, hardBreak }) => part + hardBreak)

  it('have at most so many stops, not counting escaped signs, and together are the text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '*', '_', '`', '[', ']', '\\', '  \n', 'é', '\ufdd00\ufdd1', '😀') })
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 6 }), (whole, most) => {
        for (const { text: part } of piecesOf(whole, most)) expect(countStops(part)).toBeLessThanOrEqual(2 * most)
        // White space at the beginning of a line is not shown, so a piece does not begin with it.
        const folded = (given: string) => given.replace(/\n[ \t]+/g, '\n')
        expect(folded(written(whole, most).join(''))).toBe(folded(whole))
      }),
    )
  })

  it.each([
    ['at the end of a line where no pair is open', '*a\nb* c\nd *e* f', 3, ['*a\nb* c\n', 'd *e* f']],
    ['at a space where no pair is open', 'a *b c* d *e* f', 3, ['a *b c* d ', '*e* f']],
    ['at a space, when a pair is always open', '*b _c d~ e', 2, ['*b _c ', 'd~ e']],
    ['before a sign, when there is no space', '*_~`<', 2, ['*_', '~`', '<']],
    ['at a hard break, which is kept', 'a *b*  \nc *d*', 3, ['a *b*  \n', 'c *d*']],
    ['nowhere, when there are few', 'a *b* c', 2, ['a *b* c']],
  ])('end %s', (_where, text, most, pieces) => {
    expect(written(text, most)).toEqual(pieces)
  })
})
