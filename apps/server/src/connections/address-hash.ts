import { createHash } from 'node:crypto'
import type { JsonObject } from '../domain/json.ts'

/**
 * The hash of one address, equal for all its spellings: hex, 32 characters. An event reaches an address once. `kind` is a channel, or for
 * devices their provider, since the tokens of one provider are hexadecimal and those of another are not.
 */
export type AddressHash = (kind: string, destination: JsonObject) => string

/** The part of a provider that normalizes addresses. */
interface Folder {
  id: string
  channel: string
  sameAddress(destination: JsonObject): string
}

/** The first provider of a channel normalizes its addresses; addresses of a channel without one stay as they are. */
export function createAddressHash(providers: readonly Folder[]): AddressHash {
  return (kind, destination) => {
    const provider = providers.find(({ id, channel }) => id === kind || channel === kind)
    const folded = provider === undefined ? JSON.stringify(destination) : provider.sameAddress(destination)
    return createHash('sha256').update(`${kind}|${folded}`).digest('hex').slice(0, 32)
  }
}
