import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { Key, PageOf, Strict } from './schemas/base.ts'
import * as schemas from './schemas/catalogue.ts'

export function channelRoutes(app: App, { channels }: Pick<Services, 'channels'>): void {
  app.get('/v1/channels', { config: { scope: 'read' }, schema: { response: { 200: PageOf(schemas.Channel) } } }, async () => ({
    items: await channels.list(),
    nextCursor: null,
  }))

  app.put(
    '/v1/channels/:channel',
    { config: { scope: 'manage' }, schema: { params: Strict({ channel: Key }), body: schemas.ChannelInput, response: { 200: schemas.Channel } } },
    (request) => channels.put(askerOf(request), request.params.channel, request.body.enabled),
  )
}
