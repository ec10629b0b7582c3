import type { JsonObject } from '../domain/json.ts'
import type { SecretFields } from '../domain/secret-fields.ts'
import type { Provider } from '../providers/kit/contract.ts'
import { secretPlace } from '../security/secrets.ts'
import { deepFreeze } from './freeze.ts'

/** Every column of the preference matrix: the inbox, and one per channel that a provider serves. */
export const channelNamesOf = (providers: readonly Pick<Provider, 'channel'>[]): readonly string[] => [
  'in_app',
  ...new Set(providers.map(({ channel }) => channel)),
]

export interface DestinationParts {
  providers: readonly Pick<Provider, 'id' | 'channel' | 'destination'>[]
  open: SecretFields['open']
  /** Destinations that are kept decrypted at once. */
  most?: number
}

/** Decrypted destinations, decrypted once per version of a row: the same frozen object keeps a provider's prepared keys cached. */
export function createDestinations({ providers, open, most = 10_000 }: DestinationParts) {
  const opened = new Map<string, { updatedAt: number; body: string; value: JsonObject }>()
  /** The form of a device is its provider's, that of any other destination the first provider's of its channel. */
  const schemaOf = (channel: string, provider: string | undefined) =>
    providers.find((one) => (provider === undefined ? one.channel === channel : one.id === provider))?.destination

  return (channel: string, { id, body, updatedAt, provider }: { id: string; body: string; updatedAt: number; provider?: string }): JsonObject => {
    const known = opened.get(id)
    if (known !== undefined && known.updatedAt === updatedAt && known.body === body) return known.value
    const schema = schemaOf(channel, provider)
    const value: JsonObject = JSON.parse(body)
    const clear = deepFreeze(schema === undefined ? value : open(schema, value, secretPlace(provider === undefined ? 'destinations' : 'devices', 'body', id)))
    if (opened.size >= most) opened.delete(opened.keys().next().value!)
    opened.set(id, { updatedAt, body, value: clear })
    return clear
  }
}
