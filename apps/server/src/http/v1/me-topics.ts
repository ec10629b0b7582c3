import { toIso } from '../../domain/time.ts'
import { found } from '../../errors.ts'
import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { Key, NoContent, PageOf, Strict } from './schemas/base.ts'
import * as schemas from './schemas/people.ts'

const Params = Strict({ key: Key })

/** People join open topics, and leave any, by themselves. */
export function myTopicRoutes(app: App, { topics }: Pick<Services, 'topics'>): void {
  const own = { config: { own: true } } as const

  app.get('/v1/me/topics', { ...own, schema: { response: { 200: PageOf(schemas.MyTopic) } } }, async (request) => {
    const rows = await topics.own(askerOf(request))
    return { items: rows.map(({ key, name, created_at }) => ({ key, name, since: toIso(created_at) })), nextCursor: null }
  })

  app.put('/v1/me/topics/:key', { ...own, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await topics.join(askerOf(request), request.params.key))
    return reply.code(204).send(null)
  })

  app.delete('/v1/me/topics/:key', { ...own, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await topics.leave(askerOf(request), request.params.key))
    return reply.code(204).send(null)
  })
}
