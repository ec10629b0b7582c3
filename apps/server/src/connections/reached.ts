import type { JsonObject } from '../domain/json.ts'
import type { AddressHash } from './address-hash.ts'
import { APPRISE, type AppriseUrls } from './apprise-urls.ts'

/** An address that a destination reaches. `hash` is equal for all its spellings. */
export interface ReachedAddress {
  hash: string
  /** For limits: also equal for all addresses of one mailbox that its owner did not choose, such as `ana+1@…`. Rather once too often. */
  mailbox: string
}

/** The addresses that one destination reaches, whatever its channel calls them. */
export type Reached = (channel: string, destination: JsonObject) => ReachedAddress[]

/**
 * A pasted URL reaches what it means, so `mailto://…` and the channel `email` reach one address. Every recipient of a mail is an address of its
 * own.
 */
export function createReached(addressHash: AddressHash, { meaning }: Pick<AppriseUrls, 'meaning'>): Reached {
  return (channel, destination) => {
    const meant = channel === APPRISE ? meaning(destination) : null
    if (meant === null) return [one(channel, destination)]
    const mails = ['to', 'cc', 'bcc'].flatMap((list) => meant.destination[list] ?? [])
    if (mails.length === 0) return [one(meant.provider.channel, meant.destination)]
    const all = mails.map((address) => one(meant.provider.channel, { address }))
    return [...new Map(all.map((address) => [address.hash, address])).values()]
  }

  function one(channel: string, destination: JsonObject): ReachedAddress {
    const { address } = destination
    const hash = addressHash(channel, destination)
    return { hash, mailbox: channel === MAIL && typeof address === 'string' ? addressHash(channel, { address: mailboxOf(address) }) : hash }
  }
}

const MAIL = 'email'
/** Their dots mean nothing: https://support.google.com/mail/answer/7436150 */
const DOTLESS = /^(?:gmail|googlemail)\.com$/i

/** The mailbox that most servers deliver an address to: without the tag after a plus sign (RFC 5233), and with compatible letters as one. */
function mailboxOf(address: string): string {
  const at = address.lastIndexOf('@')
  const [local = '', domain] = [address.slice(0, at).normalize('NFKC'), address.slice(at + 1)]
  const tag = local.indexOf('+', 1)
  const name = tag < 0 ? local : local.slice(0, tag)
  return DOTLESS.test(domain) ? `${name.replaceAll('.', '')}@gmail.com` : `${name}@${domain}`
}
