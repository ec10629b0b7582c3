import { didYouMean } from '../domain/nearest.ts'
import { isDateTime, isEmail, isHttpUrl, isLocale, knownZones } from './formats.ts'

/** Languages with a code of two letters, by their English names in lower case; made when first asked for. */
const languages = new Map<string, string>()
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz']

/** `en` for `English`. */
function languageNamed(name: string): string | undefined {
  if (languages.size === 0) {
    const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })
    for (const code of LETTERS.flatMap((a) => LETTERS.map((b) => a + b))) languages.set(names.of(code)?.toLowerCase() ?? code, code)
  }
  return languages.get(name.toLowerCase())
}

/** `en-US` for `en_US.UTF-8`, as POSIX writes it. */
const fromPosix = (text: string): string => text.replace(/[.@].*/s, '').replace(/_/g, '-')

interface Hint {
  /** Whether this is what is wrong: mended so, the text would be right. */
  holds(text: string): boolean
  hint(text: string): string
}

const says = (words: string) => () => ` (${words})`

const BLANKS: Hint = { holds: (text) => text !== text.trim(), hint: says('leave out the blanks at its ends') }
const QUOTES: Hint = { holds: (text) => /^(["'`]).*\1$/s.test(text), hint: says('leave out the quotes') }

const URLS: readonly Hint[] = [
  {
    holds: (text) => isHttpUrl(`https://${text}`) && /^(localhost|[\w-]+(\.[\w-]+)+)(:\d+)?([/?#]|$)/i.test(text),
    hint: says('it begins with https:// or http://'),
  },
  { holds: (text) => /^https?:\/\/[^\s/]*@/i.test(text), hint: says('leave out the user name and password before the @') },
]

/** What people paste in place of a value of our formats, and how to mend it. A value itself is not repeated, unless it is a public name: a URL may hold a token. */
const HINTS: { [format: string]: readonly Hint[] } = {
  email: [
    { holds: (text) => /^mailto:/i.test(text), hint: says('leave out mailto:') },
    { holds: (text) => /<[^<>\s]+>$/.test(text), hint: says('give only what stands between < and >') },
    {
      holds: (text) => text.split(/[,;]\s*/).length > 1 && text.split(/[,;]\s*/).every(isEmail),
      hint: says('give one address; several are several recipients'),
    },
  ],
  'http-url': URLS,
  link: URLS,
  locale: [
    { holds: (text) => isLocale(fromPosix(text)), hint: (text) => ` (write ${fromPosix(text)})` },
    { holds: (text) => languageNamed(text) !== undefined, hint: (text) => ` (write ${languageNamed(text)})` },
  ],
  timezone: [{ holds: () => true, hint: (text) => didYouMean(text, knownZones()) }],
  'date-time': [
    { holds: (text) => isDateTime(`${text}Z`), hint: says('its offset is missing: Z, or one such as +02:00') },
    {
      holds: (text) => isDateTime(text.replace(' ', 'T')) || isDateTime(`${text.replace(' ', 'T')}Z`),
      hint: says('write T between date and time, and an offset behind'),
    },
    { holds: (text) => isDateTime(`${text}T00:00:00Z`), hint: says('its time and offset are missing') },
  ],
}

/** A few words about what is wrong with a value of a format; empty when nothing common is. */
export function formatHint(format: string, given: unknown): string {
  if (typeof given !== 'string' || given.length > 2048) return ''
  return [BLANKS, QUOTES, ...(HINTS[format] ?? [])].find(({ holds }) => holds(given))?.hint(given) ?? ''
}
