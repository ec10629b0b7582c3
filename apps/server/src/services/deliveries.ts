import { type Asker, byOf } from '../domain/caller.ts'
import type { StoredConnection } from '../domain/connection.ts'
import { found, invalidField } from '../errors.ts'
import type { ConnectionStore } from '../storage/connections/connections.ts'
import type { DeliveryAdmin } from '../storage/operations/deliveries-admin.ts'
import type { DeliveryFilter } from '../storage/operations/delivery-filter.ts'
import { needs } from './needs.ts'

export type { AttemptRow } from '../storage/operations/attempts.ts'
export type { DeliveryRow } from '../storage/operations/delivery-rows.ts'

export interface DeliveryServiceParts {
  store: DeliveryAdmin
  connections: Pick<ConnectionStore, 'get'>
  builtIn(id: string): StoredConnection | null
  /** Deliveries became due by hand: look for them now. */
  wake(): void
}

/** Deliveries as operators see them. Retrying them needs the scope `manage`. */
export function createDeliveryService({ store, connections, builtIn, wake }: DeliveryServiceParts) {
  const manage = needs('manage')
  return {
    list: store.list,
    get: async (id: string) => found(await store.get(id)),
    retry: manage(async (who: Asker, id: string) => {
      found(await store.retry(id, byOf(who)))
      wake()
      return found(await store.get(id))
    }),
    /** Returns how many are retried, or with `dryRun` would be. */
    retryAll: manage(async (who: Asker, { dryRun = false, ...filter }: DeliveryFilter & { dryRun?: boolean }) => {
      const retried = await store.retryAll(filter, dryRun, byOf(who))
      // Deliveries of a removed connection can be retried. When it has none either, the id is misspelt.
      const { connection } = filter
      if (retried === 0 && connection !== undefined && (builtIn(connection) ?? (await connections.get(connection))) === null)
        throw invalidField('/connection', 'is not a known connection')
      if (!dryRun) wake()
      return { retried, dryRun }
    }),
  }
}

export type DeliveryService = ReturnType<typeof createDeliveryService>
