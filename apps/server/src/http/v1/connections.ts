import type { ConnectionInput, SaveOptions } from '@carillon/client'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { unknownTypesIn } from '../../domain/subscriptions.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { CheckForm } from '../../forms/check.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { ConnectionStore, NewConnection, StoredConnection } from '../../storage/connections/connections.ts'
import type { SecretFields } from '../../storage/secret-fields.ts'
import { type App, byOf, found, pageOf, sliceOf } from '../app.ts'
import { createConnectionForm, toSchema } from './connection-form.ts'
import { connectionTestRoutes } from './connection-tests.ts'
import { createTrials, type TrialParts } from './connection-trials.ts'
import { presentConnection } from './present.ts'
import { type PushKeyParts, pushKeyRoutes } from './push-keys.ts'
import { NoContent, PageQuery, Strict } from './schemas/base.ts'
import * as schemas from './schemas/catalogue.ts'

export interface ConnectionParts extends TrialParts, Pick<PushKeyParts, 'pushConnections'> {
  providers: readonly Provider[]
  connections: ConnectionStore
  /** Those that deliveries name and no operator made: they can only be read. */
  builtIn(id: string): StoredConnection | null
  /** Whether this event type is registered. */
  isEventType(key: string): boolean
  secrets: Pick<SecretFields, 'mask' | 'keep'>
  checkForm: CheckForm
}

const Params = Strict({ id: Type.String({ maxLength: 64 }) })
/** A change that others overtake so often is refused. */
const TRIES = 10
type SaveRequest = FastifyRequest<{ Querystring: SaveOptions }>

export function connectionRoutes(app: App, { providers, connections, secrets, checkForm, pushConnections, builtIn, ...parts }: ConnectionParts): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const
  const byId = new Map(providers.map((provider) => [provider.id, provider]))
  const trials = createTrials(parts)

  const providerOf = (id: string): Provider => {
    const provider = byId.get(id)
    if (provider === undefined) throw new CarillonError('unknown_provider', { errors: [{ pointer: '/provider', message: 'is not a known provider' }] })
    return provider
  }
  const toNew = createConnectionForm({ provider: providerOf, secrets, checkForm })
  const show = (connection: StoredConnection) => {
    const provider = byId.get(connection.provider)
    const unknownTypes = unknownTypesIn(connection, parts.isEventType)
    if (provider === undefined) return presentConnection({ ...connection, settings: {}, destination: null, unknownTypes }, parts.clock())
    const destination = connection.destination && secrets.mask(toSchema(provider), connection.destination)
    const settings = secrets.mask(provider.settings, connection.settings)
    return presentConnection({ ...connection, settings, destination, unknownTypes }, parts.clock())
  }

  /** What may be saved: checked, and tested when asked to. A disabled connection disturbs nobody, so only its errors count. */
  async function checked(request: SaveRequest, input: ConnectionInput, stored: StoredConnection | null) {
    const { connection, warnings } = await toNew(input, stored)
    const { test = false, force = false } = request.query
    if (connection.enabled && !force && warnings[0])
      throw new CarillonError('connection_warnings', { detail: `${warnings[0].pointer} ${warnings[0].message}`, errors: warnings })
    return { connection, passed: connection.enabled && test ? await tryOut(request, connection, stored) : null }
  }

  async function saved(id: string, passed: ((id: string) => Promise<void>) | null) {
    await passed?.(id)
    return show(found(await connections.get(id)))
  }

  /** Whoever is overtaken by another change looks again; but with a test, which sends real messages, nobody is asked twice. */
  async function replace(request: SaveRequest, id: string, toInput: (stored: StoredConnection) => ConnectionInput) {
    for (let tries = request.query.test ? 1 : TRIES; tries > 0; tries--) {
      const stored = found(await connections.get(id))
      const { connection, passed } = await checked(request, toInput(stored), stored)
      if (await connections.put(stored, connection, byOf(request))) return saved(id, passed)
    }
    throw new CarillonError('conflict')
  }

  async function tryOut(request: FastifyRequest, connection: NewConnection, stored: StoredConnection | null) {
    const provider = providerOf(connection.provider)
    if (connection.personal && !provider.verify)
      throw invalidField('/query/test', 'cannot be done: this provider has to send to somebody; ask POST /v1/connections/test with `to`')
    await connections.refuseTaken(connection.name, stored?.id ?? null)
    trials.allow(request)
    return trials.beforeSaving(provider, connection, request)
  }

  app.get('/v1/connections', { ...read, schema: { querystring: Strict(PageQuery), response: { 200: schemas.ConnectionPage } } }, async ({ query }) =>
    pageOf(await connections.list(sliceOf(query)), show),
  )

  app.post(
    '/v1/connections',
    { ...manage, schema: { querystring: schemas.SaveQuery, body: schemas.ConnectionInput, response: { 201: schemas.Connection } } },
    async (request, reply) => {
      const { connection, passed } = await checked(request, request.body, null)
      const id = await connections.create(connection, byOf(request))
      reply.code(201)
      return saved(id, passed)
    },
  )

  app.get('/v1/connections/:id', { ...read, schema: { params: Params, response: { 200: schemas.Connection } } }, async ({ params: { id } }) =>
    show(builtIn(id) ?? found(await connections.get(id))),
  )

  app.put(
    '/v1/connections/:id',
    { ...manage, schema: { params: Params, querystring: schemas.SaveQuery, body: schemas.ConnectionReplacement, response: { 200: schemas.Connection } } },
    (request) =>
      replace(request, request.params.id, (stored) => {
        const {
          id = stored.id,
          channel = stored.channel,
          unknownTypes: _types,
          health: _health,
          createdAt: _created,
          updatedAt: _updated,
          ...input
        } = request.body
        if (id !== stored.id) throw invalidField('/id', 'is that of another connection; it may be left out')
        if (channel !== stored.channel) throw invalidField('/channel', 'is that of the provider; it may be left out')
        return input
      }),
  )

  app.patch(
    '/v1/connections/:id',
    { ...manage, schema: { params: Params, querystring: schemas.SaveQuery, body: schemas.ConnectionPatch, response: { 200: schemas.Connection } } },
    (request) =>
      replace(request, request.params.id, (stored) => {
        const { provider, personal, name, settings, destination, events, tags, minSeverity, priority, enabled, limits } = show(stored)
        return { provider, personal, name, settings, destination, events, tags, minSeverity, priority, enabled, limits, ...request.body }
      }),
  )

  app.delete('/v1/connections/:id', { ...manage, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await connections.remove(request.params.id, byOf(request)))
    return reply.code(204).send(null)
  })

  pushKeyRoutes(app, { providers, connections, pushConnections }, show)
  connectionTestRoutes(app, trials, {
    clock: parts.clock,
    provider: providerOf,
    get: connections.get,
    all: async () => (await connections.all()).filter(({ provider }) => byId.has(provider)),
    toNew,
    checkDestination: async (provider, to) =>
      (await checkForm({ schema: provider.destination, rules: (value) => provider.check({ destination: value, own: true }) }, to, '/to')).value,
  })

  app.post('/v1/connections/:id/reset', { ...manage, schema: { params: Params, response: { 200: schemas.Connection } } }, async (request) => {
    found(await connections.reset(request.params.id, byOf(request)))
    return show(found(await connections.get(request.params.id)))
  })
}
