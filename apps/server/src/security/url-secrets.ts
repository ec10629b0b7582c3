import { type Json, type JsonObject, pointerStep } from '../domain/json.ts'
import { MASK } from '../domain/secret-fields.ts'

/** A URL anywhere in a text. */
const URLS = /[a-z][a-z0-9+.-]{0,31}:\/\/[^\s"'<>]+/gi
/** Of any other scheme the host may be a token, as in Apprise's `tgram://<token>/<chat>`. */
const WITH_HOST: ReadonlySet<string> = new Set(['http:', 'https:', 'ws:', 'wss:', 'mqtt:', 'mqtts:', 'smtp:', 'smtps:'])

/**
 * A text whose URLs show their server only: path, query and user info may be the token itself (`https://hooks.example.com/T0A/c0C` reads
 * `https://hooks.example.com/********`). A URL that names nothing but a server stays.
 */
export const maskUrls = (text: string): string => text.replace(URLS, maskUrl)

function maskUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !WITH_HOST.has(url.protocol)) return `${text.slice(0, text.indexOf(':'))}://${MASK}`
  const { username, password, pathname, search, hash, protocol, host } = url
  const onlyServer = [username, password, search, hash].every((part) => part === '') && (pathname === '' || pathname === '/')
  return onlyServer ? text : `${protocol}//${host}/${MASK}`
}

/** The same for every text of a form. */
export const maskUrlsIn = (form: JsonObject): JsonObject => mapTexts(form, '', (text) => maskUrls(text))

/** Puts the stored texts back where a form holds what `maskUrlsIn` showed of them. `refuse` throws for a masked URL that nothing stored reads as. */
export function keepUrls(given: JsonObject, stored: JsonObject, refuse: (pointer: string) => never): JsonObject {
  const known = new Map<string, string>()
  mapTexts(stored, '', (text, pointer) => {
    known.set(pointer, text)
    return text
  })
  return mapTexts(given, '', (text, pointer) => {
    if (!text.includes(`/${MASK}`)) return text
    const kept = known.get(pointer)
    return kept !== undefined && maskUrls(kept) === text ? kept : refuse(pointer)
  })
}

/** The parts of the URLs in a form by which somebody could call them: to be hidden in the words of a vendor, who may repeat them. */
export function urlSecretsOf(form: JsonObject): string[] {
  const parts: string[] = []
  mapTexts(form, '', (text) => {
    for (const [found] of text.matchAll(URLS)) parts.push(...partsOf(found))
    return text
  })
  return parts
}

const LONG = 8

function partsOf(text: string): string[] {
  const url = URL.parse(text)
  if (url === null) return []
  const { protocol, host, pathname, search, username, password } = url
  const whole = [pathname + search, pathname, search.slice(1), username, password, ...(WITH_HOST.has(protocol) ? [] : [host])]
  return [...whole, ...url.searchParams.values(), ...pathname.split(/[/:@]/).filter(looksRandom)].filter((part) => part.length >= LONG)
}

/** A token and not a word: `webhooks` and `messages` are needed to understand what a vendor says. */
const looksRandom = (part: string): boolean => part.length >= 16 || /[\dA-Z]/.test(part)

function mapTexts(form: JsonObject, at: string, change: (text: string, pointer: string) => string): JsonObject {
  const walk = (value: Json, pointer: string): Json => {
    if (typeof value === 'string') return change(value, pointer)
    if (Array.isArray(value)) return value.map((item, i) => walk(item, `${pointer}/${i}`))
    return typeof value === 'object' && value !== null ? mapTexts(value, pointer, change) : value
  }
  return Object.fromEntries(Object.entries(form).map(([name, value]) => [name, walk(value, `${at}/${pointerStep(name)}`)]))
}
