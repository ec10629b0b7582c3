import ipaddr from 'ipaddr.js'
import type { Problem } from './contract.ts'

/** Names inside a private network: without a dot, or reserved for it (RFC 6761, 6762, 8375; ICANN for `internal`). */
const LOCAL = /^[^.]+$|\.(localhost|local|lan|internal|home\.arpa)\.?$/i

const isPublic = (host: string): boolean => (ipaddr.isValid(host) ? ipaddr.process(host).range() === 'unicast' : !LOCAL.test(host))

/** A warning about a secret sent over the internet in clear text. Inside a private network there is none. */
export const clearText = (pointer: string, host: string, instead: string): Problem[] =>
  isPublic(host) ? [{ pointer, message: `sends what is secret in clear text over the internet; ${instead}`, severity: 'warning' }] : []

/** The same for the address of a server that receives a secret. */
export function clearTextUrl(pointer: string, address: string | undefined, secret: string | undefined): Problem[] {
  const url = URL.parse(address ?? '')
  return secret === undefined || url?.protocol !== 'http:' ? [] : clearText(pointer, url.hostname.replace(/^\[|\]$/g, ''), 'begin with https://')
}
