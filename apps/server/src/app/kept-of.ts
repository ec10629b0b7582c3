import type { KeptSecrets } from '../providers/kit/contract.ts'
import type { KeptSecretStore } from '../storage/connections/kept-secrets.ts'

/** The stored secrets of one connection, for its provider. */
export const keptOf =
  (store: KeptSecretStore) =>
  (id: string): KeptSecrets => ({
    read: (field) => store.read(id, field),
    replace: (field, from, to) => store.replace(id, field, from, to),
  })
