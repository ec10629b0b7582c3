import type { Moment } from './moment.ts'
import { dateFormat } from './reader.ts'

/** A date and time as it is to be shown: on a clock that reads UTC. */
export interface Shown {
  moment: Moment
  /** Milliseconds that the shown clock is ahead of UTC; null for a date or a time without a zone. */
  ahead: number | null
  /** The name of the zone; empty without one. */
  zone: string
  locale: string
}

interface Field {
  /** A part of the time of day, which a calendar date does not have. */
  clock?: true
  /** Filled to this width. */
  width?: number
  /** Filled with spaces in place of zeros. */
  spaces?: true
  write(date: Date, shown: Shown, colon: boolean): string | number
}

const DAY = 86_400_000
const two = (value: number): string => String(value).padStart(2, '0')
const dayOfYear = (date: Date): number => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY) + 1
/** Days before the first start day of the year belong to week 0. */
const weekOfYear = (date: Date, start: number): number => Math.floor((dayOfYear(date) - 1 - ((date.getUTCDay() - start + 7) % 7) + 7) / 7)
const half = (date: Date): number => date.getUTCHours() % 12 || 12

/** The Thursday of the date's ISO week decides its year. */
const thursday = (date: Date): Date => new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY)

export function ordinal(day: number): string {
  const teen = day >= 11 && day <= 13
  return `${day}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th')}`
}

const named = (options: Intl.DateTimeFormatOptions) => (date: Date, shown: Shown) => dateFormat(shown.locale, { ...options, timeZone: 'UTC' }).format(date)

function offset({ ahead }: Shown, colon: boolean): string {
  if (ahead === null) return ''
  const minutes = Math.round(Math.abs(ahead) / 60_000)
  return `${ahead < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${colon ? ':' : ''}${two(minutes % 60)}`
}

/** The letters of Ruby's strftime, which Liquid uses. Names of months and days are the locale's. */
const FIELDS: { [letter: string]: Field } = {
  a: { spaces: true, write: named({ weekday: 'short' }) },
  A: { spaces: true, write: named({ weekday: 'long' }) },
  b: { spaces: true, write: named({ month: 'short' }) },
  B: { spaces: true, write: named({ month: 'long' }) },
  c: { spaces: true, write: (date, shown) => named({ dateStyle: 'medium', ...(shown.moment.kind === 'day' ? {} : { timeStyle: 'medium' }) })(date, shown) },
  C: { width: 2, write: (date) => Math.floor(date.getUTCFullYear() / 100) },
  d: { width: 2, write: (date) => date.getUTCDate() },
  D: { write: (date) => `${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())}/${two(date.getUTCFullYear() % 100)}` },
  e: { width: 2, spaces: true, write: (date) => date.getUTCDate() },
  F: { write: (date) => `${String(date.getUTCFullYear()).padStart(4, '0')}-${date.toISOString().slice(-19, -14)}` },
  g: { width: 2, write: (date) => thursday(date).getUTCFullYear() % 100 },
  G: { width: 4, write: (date) => thursday(date).getUTCFullYear() },
  H: { clock: true, width: 2, write: (date) => date.getUTCHours() },
  I: { clock: true, width: 2, write: half },
  j: { width: 3, write: dayOfYear },
  k: { clock: true, width: 2, spaces: true, write: (date) => date.getUTCHours() },
  l: { clock: true, width: 2, spaces: true, write: half },
  L: { clock: true, width: 3, write: (date) => date.getUTCMilliseconds() },
  m: { width: 2, write: (date) => date.getUTCMonth() + 1 },
  M: { clock: true, width: 2, write: (date) => date.getUTCMinutes() },
  N: { clock: true, write: (date) => String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(9, '0') },
  p: { clock: true, spaces: true, write: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM') },
  P: { clock: true, spaces: true, write: (date) => (date.getUTCHours() < 12 ? 'am' : 'pm') },
  q: { write: (date) => ordinal(date.getUTCDate()).slice(-2) },
  R: { clock: true, write: (date) => date.toISOString().slice(-13, -8) },
  s: { write: (date, { ahead }) => Math.floor((date.getTime() - (ahead ?? 0)) / 1000) },
  S: { clock: true, width: 2, write: (date) => date.getUTCSeconds() },
  T: { clock: true, write: (date) => date.toISOString().slice(-13, -5) },
  u: { write: (date) => date.getUTCDay() || 7 },
  U: { width: 2, write: (date) => weekOfYear(date, 0) },
  V: { width: 2, write: (date) => Math.floor((dayOfYear(thursday(date)) - 1) / 7) + 1 },
  w: { write: (date) => date.getUTCDay() },
  W: { width: 2, write: (date) => weekOfYear(date, 1) },
  x: { write: named({ dateStyle: 'short' }) },
  X: { clock: true, write: named({ timeStyle: 'medium' }) },
  y: { width: 2, write: (date) => ((date.getUTCFullYear() % 100) + 100) % 100 },
  Y: { width: 4, write: (date) => date.getUTCFullYear() },
  z: { clock: true, write: (_, shown, colon) => offset(shown, colon) },
  Z: { clock: true, write: (_, shown) => shown.zone },
}
FIELDS['h'] = FIELDS['b']!

const SIGNS: { [letter: string]: string } = { t: '\t', n: '\n', '%': '%' }
const FIELD = /%([-_0^#:]*)((?:[1-9]\d*)?)[EO]?(.)/g

/**
 * Writes a date by the pattern. Of a calendar date the parts of a time of day are left out, with the words beside them: it has none, and
 * midnight would be invented. `use` is told the characters that filling costs, before they are made.
 */
export function strftime(pattern: string, shown: Shown, use: (chars: number) => void = () => {}): string {
  const date = new Date(shown.moment.at + (shown.ahead ?? 0))
  const written: { text: string; side: 'date' | 'clock' | 'words' }[] = []
  let end = 0
  const words = (text: string) => text !== '' && written.push({ text, side: 'words' })
  for (const match of pattern.matchAll(FIELD)) {
    const [all, flags = '', width = '', letter = ''] = match
    words(pattern.slice(end, match.index))
    end = match.index + all.length
    const field = Object.hasOwn(FIELDS, letter) ? FIELDS[letter] : undefined
    if (field === undefined) words(SIGNS[letter] ?? all)
    else written.push({ text: filled(String(field.write(date, shown, flags.includes(':'))), field, flags, width, use), side: field.clock ? 'clock' : 'date' })
  }
  words(pattern.slice(end))
  if (shown.moment.kind !== 'day' || !written.some(({ side }) => side === 'clock')) return written.map(({ text }) => text).join('')
  const [before, after] = [neighbours(written), neighbours(written.toReversed()).reverse()]
  return written
    .filter(({ side }, i) => side === 'date' || (side === 'words' && before[i] !== 'clock' && after[i] !== 'clock'))
    .map(({ text }) => text)
    .join('')
}

/** For each part the kind of the last one before it that is not words. In one pass: data may hold a pattern of a hundred thousand words. */
function neighbours(written: readonly { side: string }[]): (string | undefined)[] {
  let last: string | undefined
  return written.map(({ side }) => {
    const before = last
    if (side !== 'words') last = side
    return before
  })
}

function filled(text: string, field: Field, flags: string, given: string, use: (chars: number) => void): string {
  const width = flags.includes('-') ? 0 : Number(given) || (field.width ?? 0)
  use(width - text.length)
  const sign = (flags.includes('_') || field.spaces) && !flags.includes('0') ? ' ' : '0'
  const cased = flags.includes('^') ? text.toUpperCase() : flags.includes('#') ? swapped(text) : text
  return sign === '0' && cased.startsWith('-') ? `-${cased.slice(1).padStart(width - 1, sign)}` : cased.padStart(width, sign)
}

const swapped = (text: string): string => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase())
