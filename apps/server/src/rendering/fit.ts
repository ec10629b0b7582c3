import type { Block, Inline } from './document.ts'
import { shownBlanks } from './kept-blanks.ts'
import { type Dialect, print } from './print.ts'

/** `chars` are UTF-16 units: no vendor's count is lower; `bytes` are UTF-8. */
export type Unit = 'chars' | 'bytes'

export const sizeOf = (text: string, unit: Unit): number => (unit === 'bytes' ? Buffer.byteLength(text) : text.length)

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The beginning of a text, at most `keep` units long; an emoji or accent is kept whole or omitted. */
function beginning(text: string, keep: number): string {
  if (keep <= 0) return ''
  if (keep >= text.length) return text
  const end = graphemes.segment(text).containing(keep)?.index ?? 0
  return text.slice(0, end)
}

/**
 * Prints a document within a limit. Cuts text from the end, never markup: every remaining bold or link is complete, and one `…` marks the
 * cut. Returns '' when not even that fits.
 */
export function fit(blocks: Block[], dialect: Dialect, limit: number | undefined, unit: Unit = 'chars'): string {
  const written = (some: Block[]) => shownBlanks(print(some, dialect), dialect.keepsBlanks === true)
  const whole = written(blocks)
  if (limit === undefined || sizeOf(whole, unit) <= limit) return whole
  let best = ''
  let low = 0
  let high = Math.min(whole.length, limit)
  while (low <= high) {
    const keep = (low + high) >> 1
    const text = written(cutBlocks(blocks, { left: keep, cut: false }))
    if (sizeOf(text, unit) <= limit) {
      best = text
      low = keep + 1
    } else high = keep - 1
  }
  return best
}

/** One line cut to its limit, with `…`. */
export function fitLine(text: string, limit: number | undefined, unit: Unit = 'chars'): string {
  if (limit === undefined || sizeOf(text, unit) <= limit) return text
  let best = ''
  let low = 0
  let high = Math.min(text.length, limit)
  while (low <= high) {
    const keep = (low + high) >> 1
    const shorter = `${beginning(text, keep).trimEnd()}…`
    if (sizeOf(shorter, unit) <= limit) {
      best = shorter
      low = keep + 1
    } else high = keep - 1
  }
  return best
}

/** Remaining characters, and whether the `…` is written. */
interface Budget {
  left: number
  cut: boolean
}

function cutText(text: string, budget: Budget): string {
  if (text.length <= budget.left) {
    budget.left -= text.length
    return text
  }
  const kept = beginning(text, budget.left)
  budget.left = 0
  budget.cut = true
  return `${kept.trimEnd()}…`
}

function cutInlines(list: Inline[], budget: Budget): Inline[] {
  const kept: Inline[] = []
  for (const part of list) {
    if (budget.cut) break
    if (part.kind === 'break') kept.push(part)
    else if (part.kind === 'text' || part.kind === 'code') kept.push({ ...part, text: cutText(part.text, budget) })
    else kept.push({ ...part, inner: cutInlines(part.inner, budget) })
  }
  return kept
}

function cutBlocks(blocks: Block[], budget: Budget): Block[] {
  const kept: Block[] = []
  for (const block of blocks) {
    if (budget.cut) break
    kept.push(cutBlock(block, budget))
  }
  return kept
}

function cutBlock(block: Block, budget: Budget): Block {
  switch (block.kind) {
    case 'paragraph':
    case 'heading':
      return { ...block, inner: cutInlines(block.inner, budget) }
    case 'code':
      return { ...block, text: cutText(block.text, budget) }
    case 'quote':
      return { ...block, blocks: cutBlocks(block.blocks, budget) }
    case 'list': {
      const items: Block[][] = []
      for (const item of block.items) if (!budget.cut) items.push(cutBlocks(item, budget))
      return { ...block, items }
    }
    case 'table': {
      // Every row keeps its number of cells: a table with a short row is invalid in Markdown.
      const header = block.header.map((cell) => cutInlines(cell, budget))
      const rows: Inline[][][] = []
      for (const row of block.rows) if (!budget.cut) rows.push(row.map((cell) => cutInlines(cell, budget)))
      return { ...block, header, rows }
    }
    case 'rule':
      return block
  }
}
