import type { Block, Inline } from './document.ts'

/**
 * A dialect: how to print blocks and spans. Every argument is already in the dialect, except in `text`, `code` and `codeBlock`, which get
 * plain text and escape it. A new vendor's dialect is one object of this type in `dialects/`.
 */
export interface Dialect {
  text(text: string): string
  strong(inner: string): string
  em(inner: string): string
  del(inner: string): string
  code(text: string): string
  /** `href` is an absolute, percent-encoded http(s) or mailto URL (or a path); `bare` when the label equals the target. */
  link(label: string, href: string, bare: boolean): string
  readonly lineBreak: string
  paragraph(inner: string): string
  heading(inner: string, depth: number): string
  codeBlock(text: string, lang: string): string
  quote(inner: string): string
  /** `start` is null for bullets. */
  list(items: string[], start: number | null): string
  table(header: string[], rows: string[][]): string
  readonly rule: string
  /** Present when titles, fields and buttons are read as markup too; `address` writes that of a button. Absent: they are plain text. */
  readonly everywhere?: { address(href: string): string }
  /** Present when the reader keeps blanks as they are; absent: only no-break spaces. */
  readonly keepsBlanks?: true
  /** Between two blocks. */
  readonly gap: string
}

export const print = (blocks: Block[], dialect: Dialect): string => blocks.map((block) => printBlock(block, dialect)).join(dialect.gap)

function printBlock(block: Block, dialect: Dialect): string {
  switch (block.kind) {
    case 'paragraph':
      return dialect.paragraph(printInlines(block.inner, dialect).trim())
    case 'heading':
      return dialect.heading(printInlines(block.inner, dialect).trim(), block.depth)
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
        block.header.map((cell) => printInlines(cell, dialect).trim()),
        block.rows.map((row) => row.map((cell) => printInlines(cell, dialect).trim())),
      )
    case 'rule':
      return dialect.rule
  }
}

/** The first paragraph of an item follows its bullet, without paragraph markup. */
function printItem(blocks: Block[], dialect: Dialect): string {
  return blocks.map((block, i) => (i === 0 && block.kind === 'paragraph' ? printInlines(block.inner, dialect).trim() : printBlock(block, dialect))).join('\n')
}

export function printInlines(list: Inline[], dialect: Dialect): string {
  let out = ''
  for (const part of list) out += printInline(part, dialect)
  return out
}

function printInline(part: Inline, dialect: Dialect): string {
  switch (part.kind) {
    case 'text':
      return dialect.text(part.text)
    case 'break':
      return dialect.lineBreak
    case 'code':
      return dialect.code(part.text)
    case 'link': {
      const only = part.inner.length === 1 ? part.inner[0] : undefined
      const bare = only?.kind === 'text' && (only.text === part.href || `${only.text}/` === part.href || `mailto:${only.text}` === part.href)
      return dialect.link(printInlines(part.inner, dialect), part.href, bare)
    }
    default:
      return marked(printInlines(part.inner, dialect), (inner) => dialect[part.kind](inner))
  }
}

/** `** a **` is not bold: spaces at the edges go outside, and an empty rest gets no markup. */
function marked(inner: string, mark: (inner: string) => string): string {
  const text = inner.trim()
  if (text === '') return inner
  const start = inner.indexOf(text)
  return `${inner.slice(0, start)}${mark(text)}${inner.slice(start + text.length)}`
}
