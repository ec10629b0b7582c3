import type { JsonObject } from '../domain/json.ts'
import type { SecretFields } from '../domain/secret-fields.ts'
import { type Clock, MINUTE, type Millis } from '../domain/time.ts'
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
  clock: Clock
  /** These fields are not handed out any more: their row changed, or nobody asked for them for long. */
  dropped?(value: JsonObject): void
  /** Destinations that are kept decrypted at once. */
  most?: number
}

/** Without an attempt for so long they are not kept in clear: their row may be gone, as another address is another row. */
const KEPT: Millis = 10 * MINUTE

/** Decrypted destinations, decrypted once per version of a row: the same frozen object keeps a provider's prepared keys cached. */
export function createDestinations({ providers, open, clock, dropped = () => {}, most = 10_000 }: DestinationParts) {
  /** The one that was asked for longest ago is the first. */
  const opened = new Map<string, { updatedAt: number; body: string; value: JsonObject; usedAt: Millis }>()
  /** The form of a device is its provider's, that of any other destination the first provider's of its channel. */
  const schemaOf = (channel: string, provider: string | undefined) =>
    providers.find((one) => (provider === undefined ? one.channel === channel : one.id === provider))?.destination

  function drop(id: string, value: JsonObject): void {
    opened.delete(id)
    dropped(value)
  }

  function dropOld(now: Millis): void {
    for (const [id, { value, usedAt }] of opened) {
      if (opened.size <= most && now - usedAt <= KEPT) return
      drop(id, value)
    }
  }

  return (channel: string, { id, body, updatedAt, provider }: { id: string; body: string; updatedAt: number; provider?: string }): JsonObject => {
    const now = clock()
    const known = opened.get(id)
    const isSame = known !== undefined && known.updatedAt === updatedAt && known.body === body
    if (known !== undefined && !isSame) drop(id, known.value)
    opened.delete(id)
    const value = isSame ? known.value : opening(channel, { id, body, provider })
    opened.set(id, { updatedAt, body, value, usedAt: now })
    dropOld(now)
    return value
  }

  function opening(channel: string, { id, body, provider }: { id: string; body: string; provider: string | undefined }): JsonObject {
    const schema = schemaOf(channel, provider)
    const value: JsonObject = JSON.parse(body)
    return deepFreeze(schema === undefined ? value : open(schema, value, secretPlace(provider === undefined ? 'destinations' : 'devices', 'body', id)))
  }
}
