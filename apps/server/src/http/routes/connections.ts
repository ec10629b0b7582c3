import type { ConnectionInput } from '@carillon/client'
import { Type } from 'typebox'
import type { JsonObject } from '../../domain/json.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { Provider } from '../../providers/provider.ts'
import type { ConnectionStore, NewConnection, StoredConnection } from '../../storage/connections.ts'
import type { SecretFields } from '../../storage/secret-fields.ts'
import { type App, byOf, found, pageOf, sliceOf } from '../app.ts'
import { type CheckForm, within } from '../forms.ts'
import { presentConnection } from '../present.ts'
import { NoContent, PageQuery, Strict } from '../schemas/base.ts'
import * as schemas from '../schemas/catalogue.ts'
import { type ConnectionTestParts, connectionTestRoutes } from './connection-tests.ts'
import { type PushKeyParts, pushKeyRoutes } from './push-keys.ts'

export interface ConnectionParts extends ConnectionTestParts, Pick<PushKeyParts, 'pushConnections'> {
  providers: readonly Provider[]
  connections: ConnectionStore
  secrets: Pick<SecretFields, 'mask' | 'keep'>
  checkForm: CheckForm
}

const Params = Strict({ id: Type.String({ maxLength: 64 }) })
const MASK = '********'

export function connectionRoutes(app: App, { providers, connections, secrets, checkForm, pushConnections, ...tests }: ConnectionParts): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const
  const byId = new Map(providers.map((provider) => [provider.id, provider]))

  const show = (connection: StoredConnection) => {
    const provider = byId.get(connection.provider)
    if (provider === undefined) return presentConnection({ ...connection, settings: {}, destination: null })
    const destination = connection.destination === null ? null : secrets.mask(provider.sharedDestination ?? provider.destination, connection.destination)
    return presentConnection({ ...connection, settings: secrets.mask(provider.settings, connection.settings), destination })
  }

  async function toNew(input: ConnectionInput, stored: StoredConnection | null): Promise<NewConnection> {
    const provider = byId.get(input.provider)
    if (provider === undefined) throw new CarillonError('unknown_provider', { errors: [{ pointer: '/provider', message: 'is not a known provider' }] })
    if (stored !== null && stored.provider !== provider.id) throw invalidField('/provider', 'cannot be changed; make a new connection')
    const given = input.settings ?? {}
    if (stored !== null) refuseMovedSecrets(given, stored.settings)
    const settings = await checkForm(
      { schema: provider.settings, rules: (value) => provider.check({ settings: value }) },
      within('/settings', () => secrets.keep(provider.settings, given, stored?.settings ?? {})),
      '/settings',
    )
    return {
      provider: provider.id,
      channel: provider.channel,
      name: input.name,
      settings,
      destination: await toDestination(provider, input, stored),
      personal: input.personal,
      events: input.events ?? [],
      tags: input.tags ?? [],
      minSeverity: input.minSeverity ?? null,
      priority: input.priority ?? 0,
      enabled: input.enabled ?? true,
    }
  }

  async function toDestination(provider: Provider, { destination, personal }: ConnectionInput, stored: StoredConnection | null): Promise<JsonObject | null> {
    if (personal) {
      if (destination != null) throw invalidField('/destination', 'belongs to shared connections; a personal one sends to each person’s own')
      return null
    }
    if (destination == null) throw invalidField('/destination', 'is required for a shared connection')
    const schema = provider.sharedDestination ?? provider.destination
    const whole = within('/destination', () => secrets.keep(schema, destination, stored?.destination ?? {}))
    return checkForm({ schema, rules: (value) => provider.check({ destination: value }) }, whole, '/destination')
  }

  app.get('/v1/connections', { ...read, schema: { querystring: Strict(PageQuery), response: { 200: schemas.ConnectionPage } } }, async ({ query }) =>
    pageOf(await connections.list(sliceOf(query)), show),
  )

  app.post('/v1/connections', { ...manage, schema: { body: schemas.ConnectionInput, response: { 201: schemas.Connection } } }, async (request, reply) => {
    const id = await connections.create(await toNew(request.body, null), byOf(request))
    reply.code(201)
    return show(found(await connections.get(id)))
  })

  app.get('/v1/connections/:id', { ...read, schema: { params: Params, response: { 200: schemas.Connection } } }, async ({ params: { id } }) =>
    show(found(await connections.get(id))),
  )

  app.put(
    '/v1/connections/:id',
    { ...manage, schema: { params: Params, body: schemas.ConnectionInput, response: { 200: schemas.Connection } } },
    async (request) => {
      const { id } = request.params
      const stored = found(await connections.get(id))
      found(await connections.put(id, await toNew(request.body, stored), byOf(request)))
      return show(found(await connections.get(id)))
    },
  )

  app.delete('/v1/connections/:id', { ...manage, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await connections.remove(request.params.id, byOf(request)))
    return reply.code(204).send(null)
  })

  pushKeyRoutes(app, { connections, pushConnections }, show)
  connectionTestRoutes(app, tests, {
    provider(id) {
      const provider = byId.get(id)
      if (provider === undefined) throw new CarillonError('unknown_provider')
      return provider
    },
    get: connections.get,
    all: async () => (await connections.list({ limit: 1000, after: null })).rows,
    toNew,
    checkDestination: (provider, to) =>
      checkForm({ schema: provider.destination, rules: (value) => provider.check({ destination: value, own: true }) }, to, '/to'),
  })

  app.post('/v1/connections/:id/reset', { ...manage, schema: { params: Params, response: { 200: schemas.Connection } } }, async (request) => {
    found(await connections.reset(request.params.id, byOf(request)))
    return show(found(await connections.get(request.params.id)))
  })
}

/** Where a kept secret would go to another server: pointing a connection at one's own host must not fetch its password. */
const ADDRESSES = ['host', 'server', 'url', 'apiUrl'] as const

function refuseMovedSecrets(given: JsonObject, stored: JsonObject): void {
  const moved = ADDRESSES.find((field) => given[field] !== stored[field])
  const kept = Object.keys(given).find((field) => given[field] === MASK)
  if (moved !== undefined && kept !== undefined) throw invalidField(`/settings/${kept}`, `must be sent again, because \`${moved}\` changed`)
}
