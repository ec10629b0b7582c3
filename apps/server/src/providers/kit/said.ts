import type { HttpResponse } from './contract.ts'
import { oneLine, truncate } from './truncate.ts'

/** The vendor's message, and the secrets of our request that must not be quoted from it; undefined secrets were not sent. */
export interface Said {
  said?: unknown
  secrets?: readonly (string | undefined)[] | undefined
}

/**
 * Our sentence followed by the vendor's message: one line of at most 200 characters. Errors are scrubbed later too, but a cut could leave
 * half a secret that scrubbing does not find.
 */
export function quoting(sentence: string, { said, secrets = [] }: Said): string {
  const spelled = secrets.flatMap((secret = '') => (secret === '' ? [] : [secret, encodeURIComponent(secret.toWellFormed())]))
  const known = spelled.sort((a, b) => b.length - a.length)
  const words = typeof said === 'string' ? oneLine(known.reduce((shown, secret) => shown.replaceAll(secret, '…'), said)) : ''
  return words === '' ? sentence : `${sentence}: ${truncate(words, 200)}`
}

/** The text of a response that is neither JSON nor a web page. */
export const plainWords = (response: HttpResponse): string | undefined =>
  response.json() === undefined && !/^\s*</.test(response.text) ? response.text : undefined

/** The address of a webhook, and each part of it that is as long as a key. */
export function keysIn(address: string): string[] {
  const url = URL.parse(address)
  const parts = url === null ? [] : [...url.pathname.split('/'), ...url.searchParams.values()]
  return [address, ...parts.filter((part) => part.length >= 16)]
}
