import type { Provider as Shown } from '@carillon/client'
import type { JsonObject } from '../../domain/json.ts'
import { CONCURRENCY } from '../../domain/limits.ts'
import { SECOND } from '../../domain/time.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { askerOf } from '../caller.ts'
import { AnyObject, Key, Strict } from './schemas/base.ts'
import * as schemas from './schemas/forms.ts'

/** What draws the forms: the schemas of all providers, and lists that only a vendor knows. */
export function providerRoutes(app: App, { liveLists }: Pick<Services, 'liveLists'>, providers: readonly Provider[]): void {
  const shown = providers.map(present)

  app.get('/v1/providers', { config: { scope: 'read' }, schema: { response: { 200: schemas.ProviderPage } } }, async () => ({ items: shown, nextCursor: null }))

  app.post(
    '/v1/providers/:id/options/:name',
    { config: { scope: 'manage' }, schema: { params: Strict({ id: Key, name: Key }), body: schemas.OptionsInput, response: { 200: schemas.OptionPage } } },
    async (request) => {
      const { id, name } = request.params
      return { items: await liveLists.forConnection(askerOf(request), id, name, request.body), nextCursor: null }
    },
  )

  app.post(
    '/v1/me/destinations/:channel/options/:name',
    { schema: { params: Strict({ channel: Key, name: Key }), body: Strict({ destination: AnyObject }), response: { 200: schemas.OptionPage } } },
    async (request) => {
      const { channel, name } = request.params
      return { items: await liveLists.forDestination(askerOf(request), channel, name, request.body.destination), nextCursor: null }
    },
  )
}

function present({ id, name, channel, docs, settings, destination, sharedDestination, preview, devices, capabilities, concurrency }: Provider): Shown {
  const { rate, target = 'connection' } = capabilities
  const plain = (schema: object): JsonObject => JSON.parse(JSON.stringify(schema))
  return {
    id,
    name,
    channel,
    docs,
    settings: plain(settings),
    destination: plain(destination),
    ...(sharedDestination && { sharedDestination: plain(sharedDestination) }),
    preview,
    devices: devices === true,
    limits: { concurrency: concurrency({}) ?? CONCURRENCY, rate: rate ? { count: rate.count, perSeconds: rate.perMs / SECOND, of: target } : null },
  }
}
