import type { Json, JsonObject } from '../domain/json.ts'

/** The parts of a field's schema that say what a text in it means. */
interface Field {
  format?: string
  pattern?: string
  items?: Field
  properties?: { [name: string]: Field }
  'x-secret'?: boolean
  'x-widget'?: string
}

/** Blanks of every kind, and signs that nobody sees. */
const BLANK = /[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]/
/** Pairs of signs that are written around a value, and never belong to one. */
const QUOTES: ReadonlySet<string> = new Set(['""', "''", '``', '<>', '“”', '„“', '‘’', '«»'])
/** What stands before a token in a request (RFC 9110 11.6.2), and in the examples of vendors. */
const SCHEME = /^(?:authorization ?: ?)?(?:bearer|token) {1,9}(?=\S)/i
/** A password may begin or end with a blank, and a template is its author's. */
const AS_TYPED: ReadonlySet<string> = new Set(['password', 'username', 'body'])
/** Longer texts are refused by every field. */
const LONGEST = 20_000

/**
 * A form as its author meant it: texts without what came along when they were copied. That is blanks and quotation marks around them, `Bearer` before
 * a token, `mailto:` before an address, signs inside of a phone number, and line breaks of a key that were written as `\n`. Otherwise a text that the
 * field accepts stays as it is, and the check of the form refuses what still does not fit.
 */
export function asMeant({ properties = {} }: Field, value: JsonObject): JsonObject {
  const field = (name: string): Field => (Object.hasOwn(properties, name) ? (properties[name] ?? {}) : {})
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, AS_TYPED.has(name) ? one : meant(field(name), one)]))
}

/** Objects stay: headers, and the keys of a browser, which no person types. */
function meant(field: Field, value: Json): Json {
  if (typeof value === 'string') return value.length > LONGEST ? value : textMeant(field, stripped(value))
  return Array.isArray(value) ? value.map((one) => meant(field.items ?? field, one)) : value
}

function textMeant({ format, pattern, 'x-secret': secret = false, 'x-widget': widget }: Field, text: string): string {
  if (widget === 'textarea') return keyMeant(text)
  if (format === 'http-url') return unquoted(text)
  if (format === 'email') return unquoted(text).replace(/^mailto:/i, '')
  const fits = (one: string) => pattern === undefined || new RegExp(pattern, 'u').test(one)
  const bare = unquoted(text)
  // Most patterns of secrets accept any text on one line.
  const likely = secret ? [bare.replace(SCHEME, ''), text] : [text, bare, phoneMeant(text)]
  return likely.find(fits) ?? text
}

function stripped(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && BLANK.test(text[start]!)) start++
  while (end > start && BLANK.test(text[end - 1]!)) end--
  return text.slice(start, end)
}

function unquoted(text: string): string {
  let inner = text
  while (inner.length > 2 && QUOTES.has(`${inner[0]}${inner.at(-1)}`)) inner = stripped(inner.slice(1, -1))
  return inner
}

/** `+49 (151) 123-45 67`, `0049 151…` and `tel:+49…` in the international format; any other text as it is. */
function phoneMeant(text: string): string {
  const number = text
    .replace(/^tel:/i, '')
    .replace(/[\s().\-/\u2010-\u2015]/g, '')
    .replace(/^00(?=[1-9])/, '+')
  return /^\+[1-9]\d{5,14}$/.test(number) ? number : text
}

/** A key whose line breaks were written out, or a key file that was copied as the text of a JSON document. */
function keyMeant(text: string): string {
  const bare = isQuoted(text, 'private_key') ? inJson(text) : isQuoted(text, '-----BEGIN ') ? unquoted(text) : text
  return bare.startsWith('-----BEGIN ') && !bare.includes('\n') ? bare.replace(/(?:\\r)?\\n/g, '\n').trim() : bare
}

const isQuoted = (text: string, holding: string): boolean => /^["']/.test(text) && text.at(-1) === text[0] && text.includes(holding)

function inJson(text: string): string {
  try {
    const inner: unknown = JSON.parse(text)
    return typeof inner === 'string' ? inner : text
  } catch {
    return text
  }
}
