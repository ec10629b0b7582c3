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
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  const characters = Array.from(segmenter.segment(text), ({ segment }) => segment)
  const start = first < 0 ? first + characters.length : first
  return start < 0 || count < 0 ? '' : characters.slice(start, start + count).join('')
}

export const cutFilters: Record<string, FilterHandler> = { truncate, slice }
