/**
 * How a vendor measures a text. `chars` are UTF-16 units: no count of characters is higher. `points` are Unicode code points. `bytes` are UTF-8.
 * `visible` are the UTF-16 units that remain of HTML when tags are taken away and character references are read.
 */
export type Unit = 'chars' | 'points' | 'bytes' | 'visible'

const bytesOf = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4)

/** The size of one code point. */
const SIZES: Record<Unit, (point: number) => number> = {
  chars: (point) => (point < 0x10000 ? 1 : 2),
  points: () => 1,
  bytes: bytesOf,
  visible: (point) => (point < 0x10000 ? 1 : 2),
}

export function sizeOf(text: string, unit: Unit): number {
  if (unit === 'chars') return text.length
  if (unit === 'visible') return text.replace(/<[^<>]*>/g, '').replace(/&#?\w+;/g, '.').length
  let size = 0
  for (const character of text) size += SIZES[unit](character.codePointAt(0) ?? 0)
  return size
}

/** UTF-8 units per UTF-16 unit at most; the other units are never more than UTF-16's. */
const MOST: Record<Unit, number> = { chars: 1, points: 1, bytes: 3, visible: 1 }

/** Whether a text is within a limit. Nearly every text is so much shorter that it need not be measured. */
export const isWithin = (text: string, limit: number, unit: Unit): boolean => text.length * MOST[unit] <= limit || sizeOf(text, unit) <= limit

let segmenter: Intl.Segmenter | undefined

/** UTF-16 units before a position that decide whether it is a border. */
const WINDOW = 512

const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000
/** The low half of a regional indicator, two of which are a flag. */
const isFlagHalf = (text: string, at: number): boolean => text.charCodeAt(at - 1) === 0xd83c && text.charCodeAt(at) >= 0xdde6 && text.charCodeAt(at) <= 0xddff

/**
 * The last border of a grapheme at or before `at`: an emoji with its parts, a flag, a letter with its accents stay whole. Looks at a bounded part
 * of the text, because the time of a segmenter grows with the text that it is given, and a cut is searched for many times.
 */
export function borderBefore(text: string, at: number): number {
  if (at <= 0) return 0
  if (at >= text.length) return text.length
  let start = Math.max(0, at - WINDOW)
  if (start > 0 && isLow(text.charCodeAt(start))) start--
  // A row of flags has to be counted from its beginning.
  while (start > 1 && isFlagHalf(text, start - 1)) start -= 2
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return start + (segmenter.segment(text.slice(start, at + 2)).containing(at - start)?.index ?? 0)
}

/** The beginning of a text: at most `keep` UTF-16 units, graphemes whole. */
export const beginning = (text: string, keep: number): string => text.slice(0, borderBefore(text, keep))

/** A text within a limit. One that is longer ends in `…`, which counts too, at the border of a grapheme; empty when not even that fits. */
export function cut(text: string, limit: number, unit: Unit): string {
  if (text.length * MOST[unit] <= limit) return text
  const room = limit - sizeOf('…', unit)
  let size = 0
  let at = 0
  let end = 0
  for (const character of text) {
    size += SIZES[unit](character.codePointAt(0) ?? 0)
    if (size > limit) return room < 0 ? '' : `${beginning(text, end)}…`
    at += character.length
    if (size <= room) end = at
  }
  return text
}
