import { Type } from 'typebox'
import type { Services } from '../../services/services.ts'
import { type App, pageOf, sliceOf } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { presentConnection } from './present.ts'
import { NoContent, PageQuery, Strict } from './schemas/base.ts'
import * as schemas from './schemas/catalogue.ts'

const Params = Strict({ id: Type.String({ maxLength: 64 }) })

export function connectionRoutes(app: App, { connections, pushKeys }: Pick<Services, 'connections' | 'pushKeys'>): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const

  app.get('/v1/connections', { ...read, schema: { querystring: Strict(PageQuery), response: { 200: schemas.ConnectionPage } } }, async (request) =>
    pageOf(await connections.list(askerOf(request), sliceOf(request.query)), presentConnection),
  )

  app.post(
    '/v1/connections',
    { ...manage, schema: { querystring: schemas.SaveQuery, body: schemas.ConnectionInput, response: { 201: schemas.Connection } } },
    async (request, reply) => {
      const created = await connections.create(askerOf(request), request.body, request.query)
      reply.code(201)
      return presentConnection(created)
    },
  )

  app.get('/v1/connections/:id', { ...read, schema: { params: Params, response: { 200: schemas.Connection } } }, async (request) =>
    presentConnection(await connections.get(askerOf(request), request.params.id)),
  )

  app.put(
    '/v1/connections/:id',
    { ...manage, schema: { params: Params, querystring: schemas.SaveQuery, body: schemas.ConnectionReplacement, response: { 200: schemas.Connection } } },
    async (request) => presentConnection(await connections.replace(askerOf(request), request.params.id, request.body, request.query)),
  )

  app.patch(
    '/v1/connections/:id',
    { ...manage, schema: { params: Params, querystring: schemas.SaveQuery, body: schemas.ConnectionPatch, response: { 200: schemas.Connection } } },
    async (request) => presentConnection(await connections.patch(askerOf(request), request.params.id, request.body, request.query)),
  )

  app.delete('/v1/connections/:id', { ...manage, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    await connections.remove(askerOf(request), request.params.id)
    return reply.code(204).send(null)
  })

  app.post(
    '/v1/connections/:id/actions/generate-vapid',
    { ...manage, schema: { params: Params, body: Type.Union([Type.Null(), schemas.GenerateVapid]), response: { 200: schemas.Connection } } },
    async (request) => presentConnection(await pushKeys.generate(askerOf(request), request.params.id, request.body?.replace === true)),
  )

  app.post('/v1/connections/:id/reset', { ...manage, schema: { params: Params, response: { 200: schemas.Connection } } }, async (request) =>
    presentConnection(await connections.reset(askerOf(request), request.params.id)),
  )
}
