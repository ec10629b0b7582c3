import { createHash } from 'node:crypto'
import type { JsonObject } from '../domain/json.ts'

/**
 * One address as all spellings of it agree on: hex, 32 characters. One event reaches one address once. `kind` is a channel, or for
 * devices their provider, since the tokens of one are hexadecimal and the other's are not.
 */
export type AddressHash = (kind: string, destination: JsonObject) => string

/** What a channel's provider knows about spellings. */
interface Folder {
  id: string
  channel: string
  sameAddress(destination: JsonObject): string
}

/** The first provider of a channel folds its addresses; a channel without one takes them as they are. */
export function createAddressHash(providers: readonly Folder[]): AddressHash {
  return (kind, destination) => {
    const provider = providers.find(({ id, channel }) => id === kind || channel === kind)
    const folded = provider === undefined ? JSON.stringify(destination) : provider.sameAddress(destination)
    return createHash('sha256').update(`${kind}|${folded}`).digest('hex').slice(0, 32)
  }
}
