/**
 * A time that data names. `instant`: a point in time, shown on the reader's clock. `wall`: a date and a time of day without a zone, shown as
 * they stand. `day`: a calendar date, without a time of day. `at` is milliseconds since 1970 UTC; of `wall` and `day` it is the written date
 * and time as if it were UTC.
 */
export interface Moment {
  kind: 'instant' | 'wall' | 'day'
  at: number
}

/** Numbers nearer to zero are seconds, all others milliseconds: 1e11 seconds is the year 5138, 1e11 milliseconds the spring of 1973. */
const SECONDS_BELOW = 1e11
/** The range of `Date`. */
const LAST = 8.64e15

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH =
  '(?<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?'
const WEEKDAY = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\\.?,?\\s+)?'
const DAY = '(?<day>\\d{1,2})(?:st|nd|rd|th)?'
const YEAR = '(?<year>\\d{4})'
const CLOCK = '(?<hour>\\d{1,2}):(?<minute>\\d{2})(?::(?<second>\\d{2})(?:[.,](?<fraction>\\d{1,9}))?)?(?:\\s*(?<half>[ap]m))?'
const ZONE = '(?<zone>z|utc|gmt)?\\s*(?<offset>[+-]\\d{2}(?::?\\d{2})?)?(?:\\s*\\([^()]{0,64}\\))?'
const TIME = `(?:(?:t|,?\\s+(?:at\\s+)?)${CLOCK}\\s*${ZONE})?`

/**
 * ISO 8601 and RFC 3339; RFC 5322, HTTP and JavaScript dates; dates with the name of a month. `04/01/2026` is missing on purpose: half of the
 * world reads it as January. `Date.parse` is not used: it takes `Build 7` for July 2001, and what has no zone for the node's own.
 */
const SHAPES = [
  `${YEAR}-(?<month>\\d{2})-(?<day>\\d{2})(?:z|[+-]\\d{2}:?\\d{2})?`,
  `${YEAR}-(?<month>\\d{2})-(?<day>\\d{2})${TIME}`,
  `${YEAR}/(?<month>\\d{1,2})/(?<day>\\d{1,2})${TIME}`,
  `${WEEKDAY}${DAY}[\\s-]${MONTH},?[\\s-]${YEAR}${TIME}`,
  `${WEEKDAY}${MONTH}\\s+${DAY},?\\s+${YEAR}${TIME}`,
  // asctime, as in HTTP.
  `${WEEKDAY}${MONTH}\\s+${DAY}\\s+${CLOCK}\\s+${YEAR}`,
].map((shape) => new RegExp(`^${shape}$`, 'i'))

/** Longest text that is read as a time. */
const LONGEST = 100

/** Null for a value that is not a time. `now` is read only for the words `now` and `today`. The zone of the node plays no part. */
export function momentOf(value: unknown, now: () => number = Date.now): Moment | null {
  if (typeof value === 'number') return instant(Math.abs(value) < SECONDS_BELOW ? value * 1000 : value)
  if (typeof value !== 'string' || value.length > LONGEST) return null
  const text = value.trim()
  if (text === 'now' || text === 'today') return instant(now())
  if (/^-?\d+(\.\d+)?$/.test(text)) return momentOf(Number(text))
  for (const shape of SHAPES) {
    const groups = shape.exec(text)?.groups
    if (groups !== undefined) return written(groups)
  }
  return null
}

const instant = (at: number): Moment | null => (Number.isFinite(at) && Math.abs(at) <= LAST ? { kind: 'instant', at: Math.floor(at) } : null)

type Parts = { [name: string]: string | undefined }

function written(parts: Parts): Moment | null {
  const month = parts['name'] === undefined ? Number(parts['month']) - 1 : MONTHS.indexOf(parts['name'].slice(0, 3).toLowerCase())
  const day = Number(parts['day'])
  const start = new Date(0)
  start.setUTCFullYear(Number(parts['year']), month, day)
  // The 30th of February would silently be the 2nd of March.
  if (start.getUTCMonth() !== month || start.getUTCDate() !== day) return null
  if (parts['hour'] === undefined) return { kind: 'day', at: start.getTime() }
  const clock = clockOf(parts)
  if (clock === null) return null
  const at = start.getTime() + clock
  if (parts['zone'] === undefined && parts['offset'] === undefined) return { kind: 'wall', at }
  const offset = offsetOf(parts['offset'])
  return offset === null ? null : instant(at - offset)
}

/** Milliseconds since midnight; null when no clock shows it. Second 60 is a leap second. */
function clockOf({ hour = '', minute = '', second = '0', fraction = '0', half }: Parts): number | null {
  const twelve = half?.toLowerCase()
  const hours = twelve === undefined ? Number(hour) : (Number(hour) % 12) + (twelve === 'pm' ? 12 : 0)
  if (twelve !== undefined && (Number(hour) < 1 || Number(hour) > 12)) return null
  if (Number(minute) > 59 || Number(second) > 60 || hours > 24 || (hours === 24 && Number(minute) + Number(second) > 0)) return null
  return ((hours * 60 + Number(minute)) * 60 + Number(second)) * 1000 + Math.floor(Number(`0.${fraction}`) * 1000)
}

/** Milliseconds that `+02:00` is ahead of UTC; null for an offset that no zone has. */
function offsetOf(offset = '+00'): number | null {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2})(?::?(\d{2}))?$/.exec(offset) ?? []
  if (Number(hours) > 23 || Number(minutes) > 59) return null
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
