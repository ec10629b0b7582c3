import { isApplicationPath } from '../domain/application-url.ts'

// The hub's own formats. They are stricter than other formats of the same names, because accepted values are stored and sent.

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** RFC 3339 with an offset, and a day that exists: `new Date('2026-02-30')` would silently be the 2nd of March. */
export function isDateTime(text: string): boolean {
  const match = DATE_TIME.exec(text)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const date = new Date(Date.UTC(year, month - 1, day))
  return year >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/** An absolute http(s) URL without user info and control characters. Whether its address may be reached is checked elsewhere. */
export function isHttpUrl(text: string): boolean {
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return false
  const url = new URL(text)
  return url.hostname !== '' && url.username === '' && url.password === ''
}

/** A link in an event: absolute, or a path of the application. */
export const isLink = (text: string): boolean => isHttpUrl(text) || isApplicationPath(text)

// Letters of every alphabet (RFC 6531); whether the mail server takes them is known when it is asked.
const LOCAL = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const DOMAIN = /^([\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)*[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u

/** RFC 5321 addr-spec without quoted local parts and address literals, which no real mailbox has. */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  if (at < 1 || Buffer.byteLength(text.slice(0, at)) > 64 || Buffer.byteLength(text) > 254) return false
  return LOCAL.test(text.slice(0, at)) && DOMAIN.test(text.slice(at + 1))
}

const zones = new Set<string>(['UTC'])

function allZones(): ReadonlySet<string> {
  if (zones.size === 1) for (const zone of Intl.supportedValuesOf('timeZone')) zones.add(zone)
  return zones
}

/** The names that Intl lists: some are spelt otherwise in other places. */
export const knownZones = (): string[] => [...allZones()]

/** An IANA name: listed by Intl, or an older or newer spelling of a place that Intl knows. `EST` and `+05:30` name no place. */
export function isTimezone(text: string): boolean {
  return allZones().has(text) || (/^[A-Z][A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/.test(text) && isKnownZone(text))
}

function isKnownZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}

/** BCP 47, RFC 5646, 2.2.1: no language of the registry has a code of four letters or more, so `english` is a word and no language. */
export function isLocale(text: string): boolean {
  try {
    return text.length <= 35 && !/^[a-z]{4,}/i.test(text) && Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

export const FORMATS: Record<string, (text: string) => boolean> = {
  'date-time': isDateTime,
  'http-url': isHttpUrl,
  link: isLink,
  email: isEmail,
  timezone: isTimezone,
  locale: isLocale,
}
