import type { FilterHandler } from './filter.ts'
import { type Moment, momentOf } from './moment.ts'
import { dateFormat, knownZone, type Reader, readerOf } from './reader.ts'
import { ordinal, type Shown, strftime } from './strftime.ts'

type Style = 'full' | 'long' | 'medium' | 'short'
const STYLES: readonly string[] = ['full', 'long', 'medium', 'short'] satisfies Style[]
const isStyle = (text: unknown): text is Style => typeof text === 'string' && STYLES.includes(text)
const styleOf = (text: unknown): Style | undefined => (isStyle(text) ? text : undefined)

/**
 * `{{ event.createdAt | local_time }}`, `{{ data.at | local_time: "full", "short" }}`: date and time in the reader's locale and zone;
 * `"none"` omits one of them. A calendar date has no time of day and is the same day everywhere; a time without a zone is shown as it
 * stands. A value that is not a time is unchanged.
 */
const localTime: FilterHandler = function (value, date = 'medium', time = 'short') {
  const moment = momentOf(value)
  if (moment === null) return value
  const { locale, timezone } = readerOf(this.context.globals)
  if (moment.kind === 'day') return dateFormat(locale, { dateStyle: styleOf(date) ?? 'medium', timeZone: 'UTC' }).format(moment.at)
  // The two longer styles print a zone, and a time without one has none.
  const wall = moment.kind === 'wall' && styleOf(time) !== undefined && time !== 'short' ? 'medium' : undefined
  const styles = { dateStyle: styleOf(date), timeStyle: wall ?? styleOf(time) }
  return dateFormat(locale, { ...styles, timeZone: moment.kind === 'wall' ? 'UTC' : timezone }).format(moment.at)
}

function shownOn(moment: Moment, { locale, timezone }: Reader): Shown {
  if (moment.kind !== 'instant') return { moment, ahead: null, zone: '', locale }
  const clock = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', era: 'short' } as const
  const parts = dateFormat('en', { ...clock, hourCycle: 'h23', timeZone: timezone }).formatToParts(moment.at)
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
  const year = part('era') === 'BC' ? 1 - Number(part('year')) : Number(part('year'))
  const wall = new Date(0)
  wall.setUTCFullYear(year, Number(part('month')) - 1, Number(part('day')))
  wall.setUTCHours(Number(part('hour')), Number(part('minute')), Number(part('second')))
  const zone = dateFormat(locale, { timeZone: timezone, timeZoneName: 'short' })
    .formatToParts(moment.at)
    .find(({ type }) => type === 'timeZoneName')
  return { moment, ahead: wall.getTime() - Math.floor(moment.at / 1000) * 1000, zone: zone?.value ?? '', locale }
}

/** A zone as authors give it to `date`: its name, an offset, or minutes west of UTC as in JavaScript. */
function zoneOf(given: unknown): string | null {
  if (typeof given === 'string') return knownZone(given)
  if (typeof given !== 'number' || !Number.isInteger(given) || Math.abs(given) >= 24 * 60) return null
  const minutes = Math.abs(given)
  return knownZone(`${given > 0 ? '-' : '+'}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`)
}

const DEFAULT = '%A, %B %-e, %Y at %-l:%M %P %z'

/** Liquid's own filter in the reader's locale and zone: `{{ data.at | date: "%d.%m.%Y %H:%M" }}`, and a third argument names another zone. */
const date: FilterHandler = function (value, pattern, zone) {
  const moment = momentOf(value)
  if (moment === null) return value
  const reader = readerOf(this.context.globals)
  const { memoryLimit } = this.context
  const shown = shownOn(moment, { ...reader, timezone: zoneOf(zone) ?? reader.timezone })
  const written = pattern === undefined || pattern === null ? DEFAULT : String(pattern)
  memoryLimit.use(written.length)
  return strftime(written, shown, (chars) => memoryLimit.use(chars))
}

/** One pattern in the reader's zone; the name of a filter says which. `english` is for machines, whose format knows no other names. */
const patterned = (patternOf: (moment: Moment, ...options: unknown[]) => string, english = false): FilterHandler =>
  function (value, ...options) {
    const moment = momentOf(value)
    if (moment === null) return value
    const reader = readerOf(this.context.globals)
    const shown = shownOn(moment, english ? { ...reader, locale: 'en' } : reader)
    return strftime(patternOf({ ...moment, at: moment.at + (shown.ahead ?? 0) }, ...options), shown)
  }

const dayAndMonth = (month: string) =>
  patterned(({ at }, type, style) => {
    if (type !== 'ordinal') return `%d ${month} %Y`
    const day = ordinal(new Date(at).getUTCDate())
    return style === 'US' ? `${month} ${day}, %Y` : `${day} ${month} %Y`
  })

/** Every filter of Liquid that prints a time, and ours: LiquidJS reads and prints with the zone and the locale of the node. */
export const timeFilters: Record<string, FilterHandler> = {
  local_time: localTime,
  date,
  date_to_xmlschema: patterned(({ kind }) => (kind === 'day' ? '%Y-%m-%d' : '%Y-%m-%dT%H:%M:%S%:z')),
  // `-0000` says that the zone is not known (RFC 5322 3.3).
  date_to_rfc822: patterned(({ kind }) => `%a, %d %b %Y${kind === 'day' ? '' : ` %H:%M:%S ${kind === 'wall' ? '-0000' : '%z'}`}`, true),
  date_to_string: dayAndMonth('%b'),
  date_to_long_string: dayAndMonth('%B'),
}
