import type { Clock } from '../../domain/time.ts'
import type { ShownDestination } from '../../services/destinations.ts'
import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { askerOf } from '../caller.ts'
import { presentDestination } from './places.ts'
import { AnyObject, Key, NoContent, Strict } from './schemas/base.ts'
import * as schemas from './schemas/people.ts'

const Params = Strict({ channel: Key })

export function myDestinationRoutes(app: App, { services: { destinations }, clock }: { services: Pick<Services, 'destinations'>; clock: Clock }): void {
  const show = (destination: ShownDestination) => presentDestination(destination, clock())

  app.get('/v1/me/destinations', { schema: { response: { 200: schemas.DestinationPage } } }, async (request) => ({
    items: (await destinations.list(askerOf(request))).map(show),
    nextCursor: null,
  }))

  app.get('/v1/me/destinations/:channel', { schema: { params: Params, response: { 200: schemas.Destination } } }, async (request) =>
    show(await destinations.get(askerOf(request), request.params.channel)),
  )

  app.put('/v1/me/destinations/:channel', { schema: { params: Params, body: AnyObject, response: { 200: schemas.Destination } } }, async (request) =>
    show(await destinations.put(askerOf(request), request.params.channel, request.body)),
  )

  app.delete('/v1/me/destinations/:channel', { schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    await destinations.remove(askerOf(request), request.params.channel)
    return reply.code(204).send(null)
  })

  app.post(
    '/v1/me/destinations/:channel/confirm',
    { schema: { params: Params, body: schemas.ConfirmInput, response: { 200: schemas.Destination } } },
    async (request) => show(await destinations.confirm(askerOf(request), request.params.channel, request.body.code)),
  )
}
