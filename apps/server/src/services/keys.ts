import { type Asker, byOf, type Scope } from '../domain/caller.ts'
import type { Clock, Millis } from '../domain/time.ts'
import { found, invalidField } from '../errors.ts'
import { newApiKey } from '../security/api-keys.ts'
import type { ApiKeyStore } from '../storage/security/api-keys.ts'
import { needs } from './needs.ts'

export type { ApiKeysTable as KeyRow } from '../storage/schema.ts'

export interface KeyServiceParts {
  store: Pick<ApiKeyStore, 'list' | 'create' | 'revoke'>
  clock: Clock
}

/** API keys of applications; only a key with `admin` creates and revokes others. */
export function createKeyService({ store, clock }: KeyServiceParts) {
  const admin = needs('admin')
  return {
    list: store.list,
    /** Only this result contains the key itself. Throws `invalid_field` for an expiry that has passed. */
    create: admin(async (who: Asker, { name, scopes, expiresAt }: { name: string; scopes: Scope[]; expiresAt: Millis | null }) => {
      if (expiresAt !== null && expiresAt <= clock()) throw invalidField('/expiresAt', 'must be in the future')
      const { key, prefix, hash } = newApiKey()
      return { key, row: await store.create({ name, prefix, hash, scopes, expiresAt }, byOf(who)) }
    }),
    revoke: admin(async (who: Asker, id: string): Promise<void> => {
      found(await store.revoke(id, byOf(who)))
    }),
  }
}

export type KeyService = ReturnType<typeof createKeyService>
