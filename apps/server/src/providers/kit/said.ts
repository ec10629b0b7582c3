import type { HttpResponse } from './contract.ts'
import { oneLine, truncate } from './truncate.ts'

/** A vendor's own words, and what of our request they may not repeat; undefined ones were not sent. */
export interface Said {
  said?: unknown
  secrets?: readonly (string | undefined)[] | undefined
}

/**
 * A sentence of ours with the vendor's behind it: one line of at most 200 characters. Every error is scrubbed later, but what was cut by
 * then may end in half a secret.
 */
export function quoting(sentence: string, { said, secrets = [] }: Said): string {
  const spelled = secrets.flatMap((secret = '') => (secret === '' ? [] : [secret, encodeURIComponent(secret.toWellFormed())]))
  const known = spelled.sort((a, b) => b.length - a.length)
  const words = typeof said === 'string' ? oneLine(known.reduce((shown, secret) => shown.replaceAll(secret, '…'), said)) : ''
  return words === '' ? sentence : `${sentence}: ${truncate(words, 200)}`
}

/** The words of an answer that is neither JSON nor a page. */
export const plainWords = (response: HttpResponse): string | undefined =>
  response.json() === undefined && !/^\s*</.test(response.text) ? response.text : undefined

/** The address of a webhook, and what in it is as long as a key. */
export function keysIn(address: string): string[] {
  const url = URL.parse(address)
  const parts = url === null ? [] : [...url.pathname.split('/'), ...url.searchParams.values()]
  return [address, ...parts.filter((part) => part.length >= 16)]
}
