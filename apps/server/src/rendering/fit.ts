import { beginning, cut, isWithin, sizeOf, type Unit } from '../domain/cut.ts'
import type { Block, Inline } from './document.ts'
import { shownBlanks } from './kept-blanks.ts'
import { type Dialect, print } from './print.ts'

/**
 * Prints a document within a limit of its own, and such that the whole message `fits`. Cuts text from the end, at the border of a grapheme and never
 * markup: every remaining bold or link is complete, and one `…` marks the cut. Returns '' when not even that fits. This is the one place where a body
 * is cut.
 */
export const fit = (blocks: Block[], dialect: Dialect, limit?: number, unit?: Unit, fits?: (text: string) => boolean): string =>
  fitAround(blocks, [], dialect, limit, unit, fits)

/** Characters that printing may leave out, such as blanks at the ends of paragraphs. */
const SLACK = 1_000

/** The same, with blocks behind it that stay whole, such as links. When they take more than half of the room, they are cut like the rest. */
export function fitAround(
  blocks: Block[],
  behind: Block[],
  dialect: Dialect,
  limit = Number.POSITIVE_INFINITY,
  unit: Unit = 'chars',
  fits = (_text: string) => true,
): string {
  const written = (some: Block[]) => shownBlanks(print(some, dialect), dialect.keepsBlanks === true)
  const taken = (text: string) => isWithin(text, limit, unit) && fits(text)
  // What is far beyond the limit is not even escaped: nothing that is printed has fewer than half the characters of its text.
  const near: Budget = { left: 2 * limit + SLACK, cut: false }
  const whole = written([...(near.left === Number.POSITIVE_INFINITY ? blocks : cutBlocks(blocks, near)), ...behind])
  if (!near.cut && taken(whole)) return whole
  if (behind.length > 0) {
    const end = written(behind)
    if (sizeOf(end, unit) > limit / 2 || !fits(end)) return fitAround([...blocks, ...behind], [], dialect, limit, unit, fits)
  }
  let best = behind.length > 0 ? written(behind) : ''
  let low = 0
  let high = near.cut ? limit : Math.min(whole.length, limit)
  while (low <= high) {
    const keep = (low + high) >> 1
    const text = written([...cutBlocks(blocks, { left: keep, cut: false }), ...behind])
    if (taken(text)) {
      best = text
      low = keep + 1
    } else high = keep - 1
  }
  return best
}

/** One line of plain text cut to its limit, with `…`. */
export function fitLine(text: string, limit: number | undefined, unit: Unit = 'chars'): string {
  if (limit === undefined) return text
  // Plain text has no tags: what looks like one is seen.
  const shown = cut(text, limit, unit === 'visible' ? 'chars' : unit)
  return shown === text ? text : shown.replace(/(?<!\s)\s+…$/, '…')
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
