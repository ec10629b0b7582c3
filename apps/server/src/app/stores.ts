import type { AddressHash } from '../connections/address-hash.ts'
import type { SecretFields } from '../domain/secret-fields.ts'
import type { Clock } from '../domain/time.ts'
import type { Provider } from '../providers/kit/contract.ts'
import type { Queue } from '../queue/queue.ts'
import { keepMasked, maskSecrets, openSecrets, sealSecrets } from '../security/secret-fields.ts'
import type { KeyRing } from '../security/secrets.ts'
import { createEventTypeStore } from '../storage/catalogue/event-types.ts'
import { createChannelStore } from '../storage/connections/channels.ts'
import { createConnectionStore } from '../storage/connections/connections.ts'
import { createHealthStore } from '../storage/connections/health-store.ts'
import { createKeptSecrets } from '../storage/connections/kept-secrets.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { createDeliveryAdmin } from '../storage/operations/deliveries-admin.ts'
import { createEventReader } from '../storage/operations/event-read.ts'
import { createDestinationStore } from '../storage/people/destinations.ts'
import { createDeviceStore } from '../storage/people/devices.ts'
import { createPreferenceStore } from '../storage/people/preferences.ts'
import { createPushKeyWatch } from '../storage/people/push-keys.ts'
import { createTopicStore } from '../storage/people/topics.ts'
import { createUserStore } from '../storage/people/users.ts'
import { createEventNumbers } from '../storage/pipeline/event-numbers.ts'
import { createEventStore } from '../storage/pipeline/event-store.ts'
import { createIdempotencyStore } from '../storage/pipeline/idempotency.ts'
import type { Trx } from '../storage/schema.ts'
import { createApiKeyStore } from '../storage/security/api-keys.ts'
import { pruneTokens } from '../storage/security/tokens.ts'
import { createUseStore } from '../storage/security/uses.ts'

export interface StoreParts {
  dialect: Dialect
  ring: KeyRing
  clock: Clock
  addressHash: AddressHash
  providers: readonly Provider[]
  queue: Pick<Queue<Trx>, 'enqueue'>
}

/** Every store, each over the same database. */
export function createStores({ dialect, ring, clock, addressHash, providers, queue }: StoreParts) {
  const secrets: SecretFields = {
    seal: (schema, value, place) => sealSecrets(ring, schema, value, place),
    open: (schema, value, place) => openSecrets(ring, schema, value, place),
    mask: maskSecrets,
    keep: keepMasked,
  }
  const schemasOf = (id: string) => providers.find((provider) => provider.id === id) ?? null
  const eventNumbers = createEventNumbers(dialect)
  return {
    secrets,
    eventNumbers,
    users: createUserStore(dialect, addressHash, clock),
    topics: createTopicStore(dialect, addressHash, clock),
    destinations: createDestinationStore(dialect, secrets, clock),
    devices: createDeviceStore(dialect, secrets, clock),
    preferences: createPreferenceStore(dialect, clock),
    connections: createConnectionStore(dialect, secrets, schemasOf, clock, createPushKeyWatch(dialect, queue.enqueue, clock, providers)),
    keptSecrets: createKeptSecrets(dialect, secrets, schemasOf, clock),
    channels: createChannelStore(dialect, clock),
    eventTypes: createEventTypeStore(dialect, clock),
    events: createEventReader(dialect, clock),
    eventStore: createEventStore(dialect, eventNumbers),
    deliveries: createDeliveryAdmin(dialect, clock),
    health: createHealthStore(dialect),
    keys: createApiKeyStore(dialect, clock),
    idempotency: createIdempotencyStore(dialect, clock),
    tokens: { prune: () => pruneTokens(dialect, clock()) },
    uses: createUseStore(dialect, clock),
  }
}

export type Stores = ReturnType<typeof createStores>
