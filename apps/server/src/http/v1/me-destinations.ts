import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { presentDestination } from './present.ts'
import { AnyObject, Key, NoContent, Strict } from './schemas/base.ts'
import * as schemas from './schemas/people.ts'

const Params = Strict({ channel: Key })

export function myDestinationRoutes(app: App, { destinations }: Pick<Services, 'destinations'>): void {
  const own = { config: { own: true } } as const

  app.get('/v1/me/destinations', { ...own, schema: { response: { 200: schemas.DestinationPage } } }, async (request) => ({
    items: (await destinations.list(askerOf(request))).map(presentDestination),
    nextCursor: null,
  }))

  app.get('/v1/me/destinations/:channel', { ...own, schema: { params: Params, response: { 200: schemas.Destination } } }, async (request) =>
    presentDestination(await destinations.get(askerOf(request), request.params.channel)),
  )

  app.put('/v1/me/destinations/:channel', { ...own, schema: { params: Params, body: AnyObject, response: { 200: schemas.Destination } } }, async (request) =>
    presentDestination(await destinations.put(askerOf(request), request.params.channel, request.body)),
  )

  app.delete('/v1/me/destinations/:channel', { ...own, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    await destinations.remove(askerOf(request), request.params.channel)
    return reply.code(204).send(null)
  })

  app.post(
    '/v1/me/destinations/:channel/confirm',
    { ...own, schema: { params: Params, body: schemas.ConfirmInput, response: { 200: schemas.Destination } } },
    async (request) => presentDestination(await destinations.confirm(askerOf(request), request.params.channel, request.body.code)),
  )
}
