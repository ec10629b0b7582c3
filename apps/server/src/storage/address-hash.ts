import { createHash } from 'node:crypto'
import type { JsonObject } from '../domain/json.ts'

/** One address as all spellings of it agree on: hex, 32 characters. One event reaches one address once. */
export type AddressHash = (channel: string, destination: JsonObject) => string

/** What a channel's provider knows about spellings. */
interface Folder {
  channel: string
  sameAddress(destination: JsonObject): string
}

/** The first provider of a channel folds its addresses; a channel without one takes them as they are. */
export function createAddressHash(providers: readonly Folder[]): AddressHash {
  return (channel, destination) => {
    const provider = providers.find((one) => one.channel === channel)
    const folded = provider === undefined ? JSON.stringify(destination) : provider.sameAddress(destination)
    return createHash('sha256').update(`${channel}|${folded}`).digest('hex').slice(0, 32)
  }
}
