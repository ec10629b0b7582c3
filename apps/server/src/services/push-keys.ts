import type { Registry } from '../connections/registry.ts'
import { type Asker, byOf } from '../domain/caller.ts'
import type { Connection } from '../domain/connection.ts'
import { CarillonError, found, invalidField } from '../errors.ts'
import type { DeviceKeys, Provider } from '../providers/kit/contract.ts'
import type { ConnectionStore } from '../storage/connections/connections.ts'
import type { Show } from './connections/shown.ts'
import { needs } from './needs.ts'

export interface PushKeyParts {
  providers: readonly Pick<Provider, 'id' | 'deviceKeys'>[]
  store: Pick<ConnectionStore, 'get' | 'put'>
  registry: Pick<Registry, 'all'>
  show: Show
}

export type FoundKey = { connection: Connection; keyId: string; publicKey: string }

/** The pair of keys of a web push connection. It is made here, and browsers get its public half. */
export function createPushKeyService({ providers, store, registry, show }: PushKeyParts) {
  const keysOf = ({ provider }: Pick<Connection, 'provider'>): DeviceKeys | undefined => providers.find(({ id }) => id === provider)?.deviceKeys

  /** The connections that browsers can subscribe with: enabled personal ones, in their order. */
  const all = (): FoundKey[] =>
    registry.all().flatMap((connection) => {
      const own = connection.personal && connection.enabled ? keysOf(connection)?.publicKey(connection.settings) : undefined
      return own ? [{ connection, publicKey: own.key, keyId: own.id }] : []
    })

  return {
    all,
    /** The key with which a browser subscribes. Throws `not_found`. */
    current(): FoundKey {
      const [first] = all()
      if (first === undefined) throw new CarillonError('not_found', { detail: 'This hub has no web push connection with keys.' })
      return first
    },
    /** Gives a connection its keys. Replacing them makes every browser subscribe again, so that needs `replace`: otherwise `conflict`. */
    generate: needs('manage')(async (who: Asker, id: string, replace: boolean) => {
      const stored = found(await store.get(id))
      const keys = keysOf(stored)
      if (keys === undefined) throw invalidField('/path/id', 'is not a web push connection')
      if (keys.present(stored.settings) && !replace)
        throw new CarillonError('conflict', {
          detail: 'This connection has keys. With others every browser must subscribe again; send {"replace": true} if that is meant.',
          errors: [{ pointer: '/replace', message: 'must be true to replace the keys' }],
        })
      const { id: _id, createdAt: _created, updatedAt: _updated, health: _health, ...kept } = stored
      const withKeys = { ...kept, settings: { ...stored.settings, ...keys.generate() } }
      if (!(await store.put(stored, withKeys, byOf(who)))) throw new CarillonError('conflict')
      return show(found(await store.get(id)))
    }),
  }
}

export type PushKeyService = ReturnType<typeof createPushKeyService>
