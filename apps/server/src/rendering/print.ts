import { isWholeUrl } from '../domain/escapes/bare-urls.ts'
import { type Escape, type Place, ZERO } from '../domain/escapes/place.ts'
import { type Author, type Block, type Inline, isBare, type Text } from './document.ts'

/**
 * A dialect: how to print blocks and spans for one reader. Every argument is already in the dialect, except in `text`, `code` and `codeBlock`, which get
 * plain text and escape it. A new vendor's dialect is one object of this type in `dialects/`.
 */
export interface Dialect {
  text: Escape
  /** What the reader replaces, and what an author may therefore write: short codes of emoji, times; for its own channel calls of people too. Global. */
  readonly codes?: Readonly<Record<Author, RegExp>>
  strong(inner: string): string
  em(inner: string): string
  del(inner: string): string
  code(text: string): string
  /** `href` is an absolute, percent-encoded http(s) or mailto URL (or a path); `bare` when the label equals the target. */
  link(label: string, href: string, bare: boolean): string
  /** No sign is markup: a text is printed as it is, whatever stands beside it. */
  readonly literal?: true
  /** Nothing is read in the label of a link. */
  readonly plainLabels?: true
  /** `text` writes bare URLs so that they are links. */
  readonly urls?: true
  /** Emphasis must not begin or end between a letter and a sign: `a**(b)**`, common in Chinese and Japanese. */
  readonly flanking?: true
  readonly lineBreak: string
  paragraph(inner: string): string
  heading(inner: string, depth: number): string
  /** A heading is bold text, so nothing in it is bold again. */
  readonly boldHeadings?: true
  codeBlock(text: string, lang: string): string
  quote(inner: string): string
  /** `start` is null for bullets. */
  list(items: string[], start: number | null): string
  table(header: string[], rows: string[][]): string
  readonly rule: string
  /** Present when titles, fields and buttons are read as markup too; `address` writes that of a button. Absent: they are plain text. */
  readonly everywhere?: { title: Escape; address(href: string): string }
  /** The vendor reads markup only where a message announces it, so a message without any is sent as plain text. */
  readonly announced?: true
  /** Present when the reader keeps blanks as they are; absent: only no-break spaces. */
  readonly keepsBlanks?: true
  /** Between two blocks. */
  readonly gap: string
}

type Mark = 'strong' | 'em' | 'del'

/** Where inlines stand, and the emphasis around them. */
interface Around extends Place {
  marks: readonly Mark[]
}

const LINE: Around = { last: true, marks: [] }

export const print = (blocks: Block[], dialect: Dialect): string => blocks.map((block) => printBlock(block, dialect)).join(dialect.gap)

function printBlock(block: Block, dialect: Dialect): string {
  switch (block.kind) {
    case 'paragraph':
      return dialect.paragraph(printInlines(block.inner, dialect).trim())
    case 'heading':
      return dialect.heading(
        printInlines(block.inner, dialect, { ...LINE, after: !dialect.boldHeadings, marks: dialect.boldHeadings ? ['strong'] : [] }).trim(),
        block.depth,
      )
    case 'code':
      return dialect.codeBlock(block.text, block.lang)
    case 'quote':
      return dialect.quote(print(block.blocks, dialect))
    case 'list':
      return dialect.list(
        block.items.map((item) => printItem(item, dialect)),
        block.start,
      )
    case 'table':
      return dialect.table(
        printCells(block.header, dialect),
        block.rows.map((row) => printCells(row, dialect)),
      )
    case 'rule':
      return dialect.rule
  }
}

const printCells = (cells: Inline[][], dialect: Dialect): string[] =>
  cells.map((cell, i) => printInlines(cell, dialect, { marks: [], cell: true, after: i > 0 }).trim())

/** The first paragraph of an item follows its bullet, without paragraph markup. */
function printItem(blocks: Block[], dialect: Dialect): string {
  return blocks.map((block, i) => (i === 0 && block.kind === 'paragraph' ? printInlines(block.inner, dialect).trim() : printBlock(block, dialect))).join('\n')
}

function printInlines(list: Inline[], dialect: Dialect, around: Around = LINE): string {
  if (dialect.literal) return printLiteral(list, dialect, around)
  const parts = isApart(list, dialect) ? list : joined(list, dialect)
  let out = ''
  // Of `out`, which is never read while it grows: each look would copy it whole.
  let end = ''
  let { after } = around
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!
    const next = parts[i + 1]
    const { label, cell, marked: isMarked, marks } = around
    // Not by `...around`: copied for every part of every message, that cost more than all the rest here.
    const place = { label, cell, marked: isMarked, marks, after, last: next === undefined ? around.last : next.kind === 'break' }
    const printed = part.kind === 'texts' || part.kind === 'text' ? printTexts(part, dialect, place) : printInline(part, dialect, place, end, next)
    if (next === undefined) return out + printed
    const from = printed.lastIndexOf('\n') + 1
    after = SEEN.test(from === 0 ? printed : printed.slice(from)) || (after === true && from === 0)
    out += printed
    end = printed.length > 1 ? printed.slice(-2) : (end + printed).slice(-2)
  }
  return out
}

function printLiteral(list: Inline[], dialect: Dialect, around: Around): string {
  let out = ''
  for (const part of list) out += part.kind === 'text' ? part.text : printInline(part, dialect, around, '', undefined)
  return out
}

const SEEN = /\S/

type Part = Inline | Joined

interface Joined {
  kind: 'texts'
  texts: Text[]
}

/** Whether no two texts are neighbours. */
function isApart(list: Inline[], dialect: Dialect): boolean {
  let wasText = false
  for (const inline of list) {
    const isText = inline.kind === 'text'
    if ((isText && wasText) || (inline.kind === 'link' && asText(inline, dialect) !== null)) return false
    wasText = isText
  }
  return true
}

/** Neighbouring texts in one part, whoever wrote them: an escape must see what stands beside a sign. */
function joined(list: Inline[], dialect: Dialect): Part[] {
  const parts: Part[] = []
  let texts: Text[] | null = null
  for (const inline of list) {
    const text = inline.kind === 'text' ? inline : asText(inline, dialect)
    if (inline.kind !== 'text' && text === null) {
      parts.push(inline)
      texts = null
    } else if (text !== null) {
      if (texts === null) {
        texts = []
        parts.push({ kind: 'texts', texts })
      }
      texts.push(text)
    }
  }
  return parts
}

/** A bare http(s) link, where a URL in a text is one already. */
function asText(inline: Exclude<Inline, Text>, dialect: Dialect): Text | null {
  if (!dialect.urls || inline.kind !== 'link' || !isBare(inline)) return null
  const text = inline.inner.map((part) => (part.kind === 'text' ? part.text : '')).join('')
  return isWholeUrl(text) ? { kind: 'text', text } : null
}

/** Takes the place of an author's code while the text around it is escaped. Rendering removes noncharacters from every text. */
const CODE = '\ufdd6'

function printTexts(part: Text | Joined, dialect: Dialect, place: Place): string {
  const texts = part.kind === 'text' ? [part] : part.texts
  if (dialect.codes) return printCoded(texts, dialect.codes, dialect, place)
  return dialect.text(part.kind === 'text' ? part.text : texts.map(({ text }) => text).join(''), place)
}

function printCoded(texts: Text[], given: Readonly<Record<Author, RegExp>>, dialect: Dialect, place: Place): string {
  const codes: string[] = []
  const keep = (code: string): string => {
    codes.push(code)
    return CODE
  }
  const plain = texts.map(({ text, by }) => (by === undefined ? text : text.replace(given[by], keep))).join('')
  const escaped = dialect.text(plain, place)
  return codes.length === 0 ? escaped : escaped.split(CODE).reduce((text, rest, i) => text + (codes[i - 1] ?? '') + rest)
}

function printInline(part: Exclude<Inline, Text>, dialect: Dialect, place: Around, before: string, next: Part | undefined): string {
  switch (part.kind) {
    case 'break':
      return dialect.lineBreak
    case 'code':
      return place.label && dialect.plainLabels ? dialect.text(part.text, place) : dialect.code(part.text)
    case 'link':
      return dialect.link(printInlines(part.inner, dialect, { ...place, label: true, last: false }), part.href, isBare(part))
    default: {
      const { kind } = part
      const inner = printInlines(part.inner, dialect, { ...place, marks: [...place.marks, kind], marked: true, last: false })
      if (place.marks.includes(kind) || (place.label && dialect.plainLabels)) return inner
      return marked(inner, (text) => dialect[kind](dialect.flanking ? flankedBy(before, text, next) : text))
    }
  }
}

/** `** a **` is not bold: spaces at the edges go outside, and an empty rest gets no markup. */
function marked(inner: string, mark: (inner: string) => string): string {
  const text = inner.trim()
  if (text === '') return inner
  const start = inner.indexOf(text)
  return `${inner.slice(0, start)}${mark(text)}${inner.slice(start + text.length)}`
}

const LETTER = /[\p{L}\p{N}]$/u

/** Between a letter and a sign, a character that is neither lets emphasis begin or end. */
function flankedBy(before: string, inner: string, next: Part | undefined): string {
  const behind = next?.kind === 'text' ? next.text : next?.kind === 'texts' ? (next.texts.find(({ text }) => text !== '')?.text ?? '') : ''
  const open = LETTER.test(before) && /^[^\p{L}\p{N}]/u.test(inner) ? ZERO : ''
  const close = /^[\p{L}\p{N}]/u.test(behind) && !LETTER.test(inner.slice(-2)) ? ZERO : ''
  return open + inner + close
}
