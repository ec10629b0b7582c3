import type { Problem } from './contract.ts'

/** What is wrong with an address that a person typed, which no schema can say. */
export function urlProblems(pointer: string, text: string | undefined): Problem[] {
  if (text === undefined) return []
  const url = URL.parse(text)
  if (!url || url.hostname === '') return [{ pointer, message: 'must be an absolute URL such as https://example.com/path' }]
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return [{ pointer, message: `must begin with https:// or http://, not ${url.protocol}` }]
  if (url.username !== '' || url.password !== '')
    return [{ pointer, message: 'must not hold a user name or password; give them in their own fields, where they are encrypted' }]
  return []
}

/** One spelling for all spellings of an address: host in lower case, no default port, no fragment. The text itself when it is no URL. */
export function normalUrl(text: string): string {
  const url = URL.parse(text)
  if (!url) return text
  url.hash = ''
  return url.href
}

/** Scheme and host: what of an address may be shown in an error. */
export const whereOf = (text: string): string => URL.parse(text)?.origin ?? 'the address'

/** An address below another one, whose own path stays: a proxy may stand there in a vendor's place. `path` begins with a slash. */
export const below = (base: string, path: string): string => base.replace(/\/+$/, '') + path
