import { type Asker, byOf } from '../domain/caller.ts'
import type { Connection } from '../domain/connection.ts'
import { CarillonError, found, invalidField } from '../errors.ts'
import { generateVapidKeys, vapidKeyId } from '../providers/web_push/vapid.ts'
import type { ConnectionStore } from '../storage/connections/connections.ts'
import type { Show } from './connections/shown.ts'
import { needs } from './needs.ts'

export interface PushKeyParts {
  store: Pick<ConnectionStore, 'get' | 'put'>
  /** Enabled personal connections for web push, in their order. */
  pushConnections(): readonly Connection[]
  show: Show
}

export type FoundKey = { connection: Connection; keyId: string; publicKey: string }

/** The pair of keys of a web push connection: made here, and given to browsers by its public half. */
export function createPushKeyService({ store, pushConnections, show }: PushKeyParts) {
  /** The connections that browsers can subscribe with. */
  const all = (): FoundKey[] =>
    pushConnections().flatMap((connection) => {
      const { publicKey } = connection.settings
      return typeof publicKey === 'string' ? [{ connection, publicKey, keyId: vapidKeyId(publicKey) }] : []
    })

  return {
    all,
    /** The key with which a browser subscribes. Throws `not_found`. */
    current(): FoundKey {
      const [first] = all()
      if (first === undefined) throw new CarillonError('not_found', { detail: 'This hub has no web push connection with keys.' })
      return first
    },
    /** Gives a connection its keys. Other keys than it has make every browser subscribe again, so that must be asked for: else `conflict`. */
    generate: needs('manage')(async (who: Asker, id: string, replace: boolean) => {
      const stored = found(await store.get(id))
      if (stored.provider !== 'web_push') throw invalidField('/path/id', 'is not a web push connection')
      if (stored.settings['privateKey'] !== undefined && !replace)
        throw new CarillonError('conflict', {
          detail: 'This connection has keys. With others every browser must subscribe again; send {"replace": true} if that is meant.',
          errors: [{ pointer: '/replace', message: 'must be true to replace the keys' }],
        })
      const { id: _id, createdAt: _created, updatedAt: _updated, health: _health, ...kept } = stored
      const withKeys = { ...kept, settings: { ...stored.settings, ...generateVapidKeys() } }
      if (!(await store.put(stored, withKeys, byOf(who)))) throw new CarillonError('conflict')
      return show(found(await store.get(id)))
    }),
  }
}

export type PushKeyService = ReturnType<typeof createPushKeyService>
