import type { Connection as Shown } from '@carillon/client'
import { Type } from 'typebox'
import type { Connection } from '../../domain/connection.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { DeviceKeys, Provider } from '../../providers/kit/contract.ts'
import type { ConnectionStore, StoredConnection } from '../../storage/connections/connections.ts'
import { type App, byOf, found } from '../app.ts'
import { requireUser } from '../caller.ts'
import { Strict } from './schemas/base.ts'
import * as schemas from './schemas/catalogue.ts'
import { PushKey } from './schemas/devices.ts'

export interface PushKeyParts {
  providers: readonly Pick<Provider, 'id' | 'deviceKeys'>[]
  connections: Pick<ConnectionStore, 'get' | 'put'>
  /** Enabled personal connections with whose keys devices subscribe, in their order. */
  pushConnections(): readonly Connection[]
}

export type FoundKey = { connection: Connection; keyId: string; publicKey: string }

/** The connections that browsers can subscribe with. */
export const pushKeys = ({ providers, pushConnections }: Pick<PushKeyParts, 'providers' | 'pushConnections'>): FoundKey[] =>
  pushConnections().flatMap((connection) => {
    const own = keysOf(providers, connection)?.publicKey(connection.settings)
    return own ? [{ connection, publicKey: own.key, keyId: own.id }] : []
  })

const keysOf = (providers: PushKeyParts['providers'], { provider }: Pick<Connection, 'provider'>): DeviceKeys | undefined =>
  providers.find(({ id }) => id === provider)?.deviceKeys

const Params = Strict({ id: Type.String({ maxLength: 64 }) })

/** The pair of keys of a web push connection: made here, and shown to browsers by its public half. */
export function pushKeyRoutes(app: App, { providers, connections, pushConnections }: PushKeyParts, show: (connection: StoredConnection) => Shown): void {
  app.post(
    '/v1/connections/:id/actions/generate-vapid',
    { config: { scope: 'manage' }, schema: { params: Params, body: Type.Union([Type.Null(), schemas.GenerateVapid]), response: { 200: schemas.Connection } } },
    async (request) => {
      const { id } = request.params
      const stored = found(await connections.get(id))
      const keys = keysOf(providers, stored)
      if (keys === undefined) throw invalidField('/path/id', 'is not a web push connection')
      if (keys.present(stored.settings) && request.body?.replace !== true)
        throw new CarillonError('conflict', {
          detail: 'This connection has keys. With others every browser must subscribe again; send {"replace": true} if that is meant.',
          errors: [{ pointer: '/replace', message: 'must be true to replace the keys' }],
        })
      const { id: _id, createdAt: _created, updatedAt: _updated, health: _health, ...kept } = stored
      const withKeys = { ...kept, settings: { ...stored.settings, ...keys.generate() } }
      if (!(await connections.put(stored, withKeys, byOf(request)))) throw new CarillonError('conflict')
      return show(found(await connections.get(id)))
    },
  )

  app.get('/v1/me/push-key', { schema: { response: { 200: PushKey } } }, async (request) => {
    requireUser(request)
    const [first] = pushKeys({ providers, pushConnections })
    if (first === undefined) throw new CarillonError('not_found', { detail: 'This hub has no web push connection with keys.' })
    return { keyId: first.keyId, publicKey: first.publicKey }
  })
}
