import type { JsonObject } from '../domain/json.ts'
import { providerById, providers } from '../providers/index.ts'
import type { Provider } from '../providers/kit/contract.ts'
import { openSecrets } from '../security/secret-fields.ts'
import { type KeyRing, secretPlace } from '../security/secrets.ts'
import { createAddressHash } from './address-hash.ts'

/** The provider whose form a channel's destinations have: the first of the channel. */
const providerOf = (channel: string): Provider | undefined => providers.find((provider) => provider.channel === channel)

/** Every column of the matrix: the inbox, and one per channel that a provider serves. */
export const channelNames: readonly string[] = ['in_app', ...new Set(providers.map(({ channel }) => channel))]

/** Two spellings of one address have one hash; it also names bare addresses (`adr_<hash>`). */
export const addressHash = createAddressHash(providers)

/** Destinations in clear, opened once per version of a row: the same frozen object keeps a provider's prepared keys alive. */
export function createDestinations(ring: KeyRing, most = 10_000) {
  const opened = new Map<string, { updatedAt: number; body: string; value: JsonObject }>()
  return (channel: string, { id, body, updatedAt, provider }: { id: string; body: string; updatedAt: number; provider?: string }): JsonObject => {
    const known = opened.get(id)
    if (known !== undefined && known.updatedAt === updatedAt && known.body === body) return known.value
    const schema = (provider === undefined ? providerOf(channel) : providerById(provider))?.destination
    const value: JsonObject = JSON.parse(body)
    const clear = deepFreeze(
      schema === undefined ? value : openSecrets(ring, schema, value, secretPlace(provider === undefined ? 'destinations' : 'devices', 'body', id)),
    )
    if (opened.size >= most) opened.delete(opened.keys().next().value!)
    opened.set(id, { updatedAt, body, value: clear })
    return clear
  }
}

export function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  return Object.freeze(value)
}
