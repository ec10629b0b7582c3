import type { Services } from '../../services/services.ts'
import { type App, pageOf, sliceOf } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { Key, NoContent, PageQuery, Strict } from './schemas/base.ts'
import * as schemas from './schemas/catalogue.ts'

const Params = Strict({ key: Key })

export function eventTypeRoutes(app: App, { eventTypes }: Pick<Services, 'eventTypes'>): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const

  app.get('/v1/event-types', { ...read, schema: { querystring: Strict(PageQuery), response: { 200: schemas.EventTypePage } } }, async ({ query }) =>
    pageOf(eventTypes.list(sliceOf(query)), (entry) => entry),
  )

  app.get('/v1/event-types/:key', { ...read, schema: { params: Params, response: { 200: schemas.EventType } } }, async ({ params: { key } }) =>
    eventTypes.get(key),
  )

  app.put('/v1/event-types/:key', { ...manage, schema: { params: Params, body: schemas.EventTypeInput, response: { 200: schemas.EventType } } }, (request) =>
    eventTypes.put(askerOf(request), request.params.key, request.body),
  )

  app.delete('/v1/event-types/:key', { ...manage, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    await eventTypes.remove(askerOf(request), request.params.key)
    return reply.code(204).send(null)
  })
}
