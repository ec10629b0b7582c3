import type { Clock } from '../domain/time.ts'
import type { Provider } from '../providers/provider.ts'
import type { Queue } from '../queue/queue.ts'
import { keepMasked, maskSecrets, openSecrets, sealSecrets } from '../security/secret-fields.ts'
import type { KeyRing } from '../security/secrets.ts'
import type { AddressHash } from './address-hash.ts'
import { createApiKeyStore } from './api-keys.ts'
import { createChannelStore } from './channels.ts'
import { createConnectionStore } from './connections.ts'
import { createDeliveryAdmin } from './deliveries-admin.ts'
import { createDestinationStore } from './destinations.ts'
import { createDeviceStore } from './devices.ts'
import type { Dialect } from './dialects/dialect.ts'
import { createEventReader } from './event-read.ts'
import { createEventStore } from './event-store.ts'
import { createEventTypeStore } from './event-types.ts'
import { createHealthStore } from './health-store.ts'
import { createIdempotencyStore } from './idempotency.ts'
import { createPreferenceStore } from './preferences.ts'
import { createPushKeyWatch } from './push-keys.ts'
import type { Trx } from './schema.ts'
import type { SecretFields } from './secret-fields.ts'
import { createTopicStore } from './topics.ts'
import { createUserStore } from './users.ts'

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
    seal: (schema, value, aad) => sealSecrets(ring, schema, value, aad),
    open: (schema, value, aad) => openSecrets(ring, schema, value, aad),
    mask: maskSecrets,
    keep: keepMasked,
  }
  return {
    secrets,
    users: createUserStore(dialect, addressHash, clock),
    topics: createTopicStore(dialect, addressHash, clock),
    destinations: createDestinationStore(dialect, secrets, clock),
    devices: createDeviceStore(dialect, secrets, clock),
    preferences: createPreferenceStore(dialect, clock),
    connections: createConnectionStore(
      dialect,
      secrets,
      (id) => providers.find((provider) => provider.id === id) ?? null,
      clock,
      createPushKeyWatch(dialect, queue.enqueue, clock),
    ),
    channels: createChannelStore(dialect, clock),
    eventTypes: createEventTypeStore(dialect, clock),
    events: createEventReader(dialect, clock),
    eventStore: createEventStore(dialect, queue.enqueue),
    deliveries: createDeliveryAdmin(dialect, clock),
    health: createHealthStore(dialect),
    keys: createApiKeyStore(dialect, clock),
    idempotency: createIdempotencyStore(dialect, clock),
  }
}

export type Stores = ReturnType<typeof createStores>
