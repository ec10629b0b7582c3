import { CarillonError } from './error.ts'

/**
 * The address before every path: an http(s) URL, or nothing or a path for a page of the hub's own origin. Throws a `TypeError` for any other text:
 * `localhost:8484` is a URL of the scheme `localhost`, and every call would fail for a minute.
 */
export function baseOf(baseUrl: string): string {
  const base = String(baseUrl)
    .trim()
    .replace(/(?<!\/)\/+$/, '')
  if (base !== '' && !base.startsWith('/') && !/^https?:\/\/[^/]/i.test(base))
    throw new TypeError(`baseUrl must be an address such as http://127.0.0.1:8484; "${base}" is not`)
  return base
}

/** The header of a key or token. Throws `unauthorized` for what no header can carry: it was copied with more than itself. */
export function bearerOf(token: string | undefined): string {
  const text = token?.trim() ?? ''
  if (/[^\x21-\x7e]/.test(text))
    throw new CarillonError({
      code: 'unauthorized',
      status: 401,
      detail: 'The token holds blanks or characters that no key or token has; copy it again. Nothing was sent.',
    })
  return `Bearer ${text}`
}
