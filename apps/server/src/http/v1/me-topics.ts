import { toIso } from '../../domain/time.ts'
import { found } from '../../errors.ts'
import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { askerOf } from '../caller.ts'
import { Key, NoContent, PageOf, Strict } from './schemas/base.ts'
import * as schemas from './schemas/people.ts'

const Params = Strict({ key: Key })

/** People join and leave topics themselves. */
export function myTopicRoutes(app: App, { topics }: Pick<Services, 'topics'>): void {
  app.get('/v1/me/topics', { schema: { response: { 200: PageOf(schemas.MyTopic) } } }, async (request) => {
    const rows = await topics.own(askerOf(request))
    return { items: rows.map(({ key, name, created_at }) => ({ key, name, since: toIso(created_at) })), nextCursor: null }
  })

  app.put('/v1/me/topics/:key', { schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await topics.join(askerOf(request), request.params.key))
    return reply.code(204).send(null)
  })

  app.delete('/v1/me/topics/:key', { schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await topics.leave(askerOf(request), request.params.key))
    return reply.code(204).send(null)
  })
}
