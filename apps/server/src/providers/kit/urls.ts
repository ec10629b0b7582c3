import { shownHost } from '../../domain/host.ts'
import type { Problem } from './contract.ts'

/** Fields with the address of a server, below which the hub calls its own paths. */
const SERVERS = /\/(apiUrl|sandboxApiUrl|server|site|homeserver)$/

/** Checks of a typed address that a schema cannot express. */
export function urlProblems(pointer: string, text: string | undefined): Problem[] {
  if (text === undefined) return []
  const url = URL.parse(text)
  if (!url || url.hostname === '') return [{ pointer, message: 'must be an absolute URL such as https://example.com/path' }]
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return [{ pointer, message: `must begin with https:// or http://, not ${url.protocol}` }]
  if (url.port === '0') return [{ pointer, message: 'must have a port from 1 to 65535' }]
  if (url.username !== '' || url.password !== '')
    return [{ pointer, message: 'must not contain a user name or password; use their own fields, which are encrypted' }]
  if (SERVERS.test(pointer) && (url.search !== '' || url.hash !== ''))
    return [{ pointer, message: 'must be the address of a server, without ?… and #…: what they say would be lost; use the other fields' }]
  return []
}

/** The normalised address: host in lower case, no default port, no fragment. The text itself when it is not a URL. */
export function normalUrl(text: string): string {
  const url = URL.parse(text)
  if (!url) return text
  url.hash = ''
  return url.href
}

/** Scheme and host: the part of an address that an error may show. */
export const whereOf = (text: string): string => URL.parse(text)?.origin ?? 'the address'

/** The same of a server that two fields name. */
export const serverOf = ({ host, port }: { host: string; port: number }): string => `${shownHost(host)}:${port}`

/** An address below another one whose path is kept: it may be a proxy in place of the vendor. `path` begins with a slash. */
export function below(base: string, path: string): string {
  let end = base.length
  while (base.charAt(end - 1) === '/') end--
  return base.slice(0, end) + path
}
