import type { Context } from 'liquidjs'
import { KeptLines, plainValue, TrustedMarkdown, textOf } from './sealed.ts'

/** LiquidJS does not export its handler type; this is the part that we use. */
type FilterHandler = (this: { context: Context }, value: unknown, ...options: unknown[]) => unknown

type Style = 'full' | 'long' | 'medium' | 'short'
const STYLES: readonly string[] = ['full', 'long', 'medium', 'short'] satisfies Style[]
const isStyle = (text: unknown): text is Style => typeof text === 'string' && STYLES.includes(text)

const formats = new Map<string, { format(value: number): string }>()

/** Intl's constructors take 30-100 us, so instances are cached; a locale, zone or currency that Intl refuses falls back to a default. */
function formatter<T extends { format(value: number): string }>(key: string, make: () => T, fallback: () => T): { format(value: number): string } {
  const known = formats.get(key)
  if (known) return known
  let made: T
  try {
    made = make()
  } catch {
    made = fallback()
  }
  if (formats.size >= 500) formats.clear()
  formats.set(key, made)
  return made
}

/** The reader's locale and time zone, passed to filters as Liquid globals. */
const readerOf = (globals: object): { locale: string; timezone: string } => ({
  locale: 'locale' in globals && typeof globals.locale === 'string' ? globals.locale : 'en',
  timezone: 'timezone' in globals && typeof globals.timezone === 'string' ? globals.timezone : 'UTC',
})

/** `{{ data.price | money: data.currency }}`: the amount (major units) in the format of the reader's locale. A value that is not a number is unchanged. */
const money: FilterHandler = function (value: unknown, currency: unknown) {
  const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof amount !== 'number' || !Number.isFinite(amount)) return value
  const { locale } = readerOf(this.context.globals)
  const code = typeof currency === 'string' ? currency.toUpperCase() : ''
  return formatter(
    `money|${locale}|${code}`,
    () => new Intl.NumberFormat(locale, code === '' ? { minimumFractionDigits: 2 } : { style: 'currency', currency: code }),
    () => new Intl.NumberFormat('en', { minimumFractionDigits: 2 }),
  ).format(amount)
}

/**
 * `{{ event.createdAt | local_time }}`, `{{ data.at | local_time: "full", "short" }}`: date and time in the reader's locale and zone;
 * `"none"` omits one of them. Accepts milliseconds or ISO 8601. A value that is not a time is unchanged.
 */
const localTime: FilterHandler = function (value: unknown, date: unknown = 'medium', time: unknown = 'short') {
  const at = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) return value
  const { locale, timezone } = readerOf(this.context.globals)
  const styles = { ...(isStyle(date) ? { dateStyle: date } : {}), ...(isStyle(time) ? { timeStyle: time } : {}) }
  return formatter(
    `time|${locale}|${timezone}|${styles.dateStyle}|${styles.timeStyle}`,
    () => new Intl.DateTimeFormat(locale, { ...styles, timeZone: timezone }),
    () => new Intl.DateTimeFormat('en', { ...styles, timeZone: 'UTC' }),
  ).format(at)
}

/** Replaces Liquid's own filter, whose `<br />` would be shown as text: the value keeps its line breaks instead of being folded. */
const newlineToBr: FilterHandler = (value: unknown) => new KeptLines(plainValue(textOf(value)))

/** `{{ data.body | markdown }}`: data that is trusted Markdown. Only for text that the reporting application writes itself. */
const markdown: FilterHandler = (value: unknown) => (typeof value === 'string' ? new TrustedMarkdown(value) : value)

export const filters: Record<string, FilterHandler> = { markdown, money, local_time: localTime, newline_to_br: newlineToBr }
