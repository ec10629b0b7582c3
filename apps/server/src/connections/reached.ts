import type { JsonObject } from '../domain/json.ts'
import type { AddressHash } from './address-hash.ts'
import { APPRISE, type AppriseUrls } from './apprise-urls.ts'

/** The hashes of the addresses that one destination reaches, whatever its channel calls them. */
export type Reached = (channel: string, destination: JsonObject) => string[]

/**
 * A pasted URL reaches what it means, so `mailto://…` and the channel `email` reach one address. Every recipient of a mail is an address of its
 * own.
 */
export function createReached(addressHash: AddressHash, { meaning }: Pick<AppriseUrls, 'meaning'>): Reached {
  return (channel, destination) => {
    const meant = channel === APPRISE ? meaning(destination) : null
    if (meant === null) return [addressHash(channel, destination)]
    const mails = ['to', 'cc', 'bcc'].flatMap((list) => meant.destination[list] ?? [])
    return mails.length === 0
      ? [addressHash(meant.provider.channel, meant.destination)]
      : [...new Set(mails.map((address) => addressHash(meant.provider.channel, { address })))]
  }
}
