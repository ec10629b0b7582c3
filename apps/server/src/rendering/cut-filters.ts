import { beginning, sizeOf } from '../domain/cut.ts'
import type { FilterHandler } from './filter.ts'
import { plainValue, textOf } from './sealed.ts'

const numberOf = (value: unknown, otherwise: number): number =>
  Number.isInteger(Number(value)) && value !== undefined && value !== null ? Number(value) : otherwise

/** Where the text has had this many code points. */
function placeOf(text: string, points: number): number {
  let at = 0
  for (let i = 0; i < points && at < text.length; i++) at += (text.codePointAt(at) ?? 0) < 0x10000 ? 1 : 2
  return at
}

/** Liquid's own filter cuts between code points, which tears an emoji or takes an accent away. Lengths are in code points, the end counts too. */
const truncate: FilterHandler = function (value, length, end) {
  const text = plainValue(textOf(value))
  this.context.memoryLimit.use(text.length)
  const most = numberOf(length, 50)
  const behind = end === undefined || end === null ? '...' : plainValue(textOf(end))
  return placeOf(text, most) === text.length ? text : `${beginning(text, placeOf(text, most - sizeOf(behind, 'points')))}${behind}`
}

let segmenter: Intl.Segmenter | undefined

/** The same for a part of a text, such as an initial: places are counted in what a reader calls a character. A list is cut as in Liquid. */
const slice: FilterHandler = function (value, begin, length) {
  const first = numberOf(begin, 0)
  const count = numberOf(length, 1)
  if (Array.isArray(value)) {
    this.context.memoryLimit.use(count)
    const start = first < 0 ? first + value.length : first
    return start < 0 || count < 0 ? [] : value.slice(start, start + count)
  }
  const text = plainValue(textOf(value))
  this.context.memoryLimit.use(text.length)
  if (count < 0) return ''
  const ends = endsOf(text, first < 0 ? Number.POSITIVE_INFINITY : first + count)
  // A place that is counted from the end needs all of them, and a segmenter is slow.
  if (first < 0) this.context.memoryLimit.use(SEGMENTED * ends.length)
  const start = first < 0 ? first + ends.length : first
  return start < 0 ? '' : text.slice(start === 0 ? 0 : (ends[start - 1] ?? text.length), ends[Math.min(start + count, ends.length) - 1] ?? 0)
}

/** A character that a segmenter finds takes as long as so many that another filter handles. */
const SEGMENTED = 4

/** Where the first characters of a text end, as a reader counts them; at most so many. */
function endsOf(text: string, most: number): number[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  const ends: number[] = []
  if (most === 0) return ends
  for (const { segment, index } of segmenter.segment(text)) {
    ends.push(index + segment.length)
    if (ends.length >= most) break
  }
  return ends
}

export const cutFilters: Record<string, FilterHandler> = { truncate, slice }
