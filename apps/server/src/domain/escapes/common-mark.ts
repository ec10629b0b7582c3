import { besideUrls, endsClearly } from './bare-urls.ts'
import { type Escape, everyLine, type Place, type Signs, ZERO } from './place.ts'
import { flanked, NUMBER, REFERENCE, UNDERSCORE } from './signs.ts'

const BACKSLASH = /\\(?=[!-/:-@[-`{-~]|$)/g
const STAR = flanked('*')
const TILDE = flanked('~')

/** What readers that descend from CommonMark see differently. */
export interface Variant {
  /** Before the name of a tag, an autolink or a declaration. */
  less: string
  /** Before the name or number of a character reference. */
  ampersand: string
  tilde: string
  bar: string
  /** Between the scheme and the host of a URL that is text. */
  colon: string
  /** `#x` is a heading. */
  bareHeads?: true
  /** Before a line that would underline a heading, or the head of a table. */
  line: string
}

/** The signs of one line. Escapes only what would be markup where it stands, so that the text also reads well where nobody parses it. */
export const commonMarkSigns =
  (variant: Variant): Signs =>
  (line, place) => {
    const inline = SIGNS.test(line) ? escaped(line, place, variant) : line
    return place.after === true || PLAIN_START.test(inline) ? inline : startOf(inline, variant)
  }

/** The signs that `escaped` looks at. */
const SIGNS = /[\\*_`[\]()!&~|<]|:\/\//
/** A word that begins no block, whatever follows it. */
const PLAIN_START = /^[A-Za-z]/

function escaped(line: string, place: Place, variant: Variant): string {
  const signs = line
    .replace(BACKSLASH, '\\\\')
    .replace(STAR, '\\*')
    .replace(UNDERSCORE, '\\_')
    .replace(/`/g, '\\`')
    .replace(place.label === true ? /[[\]]|(?<=\])\(/g : /\](?=[([:]|$)/g, '\\$&')
    .replace(place.last === true ? /(?!)/ : /!$/, '\\!')
    .replace(REFERENCE, variant.ampersand)
    .replace(TILDE, variant.tilde)
    .replace(place.cell === true ? /\|/g : /^\s*\|(?=[\s|:-]*$)/, (bar) => bar.replace('|', variant.bar))
    .replace(/<(?=[A-Za-z/!?])/g, variant.less)
  // What looks like a link by itself would swallow our backslashes.
  const hosts = beforeBackslash(signs, HOST, '\\.')
  return place.label === true ? beforeBackslash(hosts, SCHEME, variant.colon) : hosts.replace(SCHEME, variant.colon)
}

const HOST = /(?<=\bwww)\./gi
const SCHEME = /(?<=https?|ftp):(?=\/\/)/gi

/** Replaces a sign where a backslash follows in the same word. Not by an expression, which would look for the backslash at each of the signs. */
const beforeBackslash = (line: string, sign: RegExp, by: string): string =>
  line.includes('\\')
    ? line.replace(/\S+/g, (word) => {
        const last = word.lastIndexOf('\\')
        return last < 0 ? word : word.slice(0, last).replace(sign, by) + word.slice(last)
      })
    : line

function startOf(line: string, { line: before, bareHeads }: Variant): string {
  const [, blanks = '', rest = ''] = /^([ \t]*)(.*)/s.exec(line) ?? []
  // Four blanks would begin a block of code.
  const indent = blanks.length > 3 || blanks.includes('\t') ? blanks.replaceAll('\t', '    ').replaceAll(' ', '\u00a0') : blanks
  if (/^(?:=+\s*|:[\s|:-]*)$/.test(rest)) return `${indent}${before}${rest}`
  if (bareHeads && rest.startsWith('#')) return `${indent}\\${rest}`
  if (/^(?:[-+](?:\s|$)|#{1,6}(?:\s|$)|>|\[[ xX]\])|^-[\s|:-]*$/.test(rest)) return `${indent}\\${rest}`
  return indent + rest.replace(NUMBER, '$1\\')
}

/** A URL as it is where the reader will recognise it, else between angle brackets, where no sign has a meaning. */
export const commonMarkUrls = (signs: Signs): Signs =>
  besideUrls(signs, (url, beside) => (endsClearly(beside) && signs(url, WITHIN) === url ? url : `<${url}>`))

const WITHIN: Place = { after: true, last: true, label: true }

/** Plain text for CommonMark (https://spec.commonmark.org/0.31.2/) with GFM's tables and strike-through: ntfy and Gotify. */
export const escapeMarkdown: Escape = everyLine(
  commonMarkUrls(commonMarkSigns({ less: '\\<', ampersand: '\\&', tilde: '\\~', bar: '\\|', colon: '\\:', line: '\\' })),
)

/**
 * Plain text for Python-Markdown (https://python-markdown.github.io/), with which an Apprise API server makes HTML. It has fewer escapes, lets tags pass, and
 * knows neither strike-through nor tables.
 */
export const escapePythonMarkdown: Escape = everyLine(
  commonMarkUrls(commonMarkSigns({ less: '&lt;', ampersand: '&amp;', tilde: `~${ZERO}`, bar: '|', colon: `:${ZERO}`, line: ZERO, bareHeads: true })),
)
