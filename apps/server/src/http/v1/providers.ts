import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { AnyObject, Key, Strict } from './schemas/base.ts'
import * as schemas from './schemas/forms.ts'

/** Data for rendering the forms: the schemas of all providers, and lists that only a vendor knows. */
export function providerRoutes(app: App, { providers }: Pick<Services, 'providers'>): void {
  app.get('/v1/providers', { config: { scope: 'read' }, schema: { response: { 200: schemas.ProviderPage } } }, async () => ({
    items: providers.all,
    nextCursor: null,
  }))

  app.post(
    '/v1/providers/:id/options/:name',
    { config: { scope: 'manage' }, schema: { params: Strict({ id: Key, name: Key }), body: schemas.OptionsInput, response: { 200: schemas.OptionPage } } },
    async (request) => {
      const { id, name } = request.params
      return { items: await providers.options(askerOf(request), id, name, request.body), nextCursor: null }
    },
  )

  app.post(
    '/v1/me/destinations/:channel/options/:name',
    {
      config: { own: true },
      schema: { params: Strict({ channel: Key, name: Key }), body: Strict({ destination: AnyObject }), response: { 200: schemas.OptionPage } },
    },
    async (request) => {
      const { channel, name } = request.params
      return { items: await providers.ownOptions(askerOf(request), channel, name, request.body.destination), nextCursor: null }
    },
  )
}
