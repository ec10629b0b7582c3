import type { Provider as Shown } from '@carillon/client'
import type { JsonObject } from '../../domain/json.ts'
import { CONCURRENCY } from '../../domain/limits.ts'
import { type Clock, SECOND } from '../../domain/time.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { CheckForm } from '../../forms/check.ts'
import { type Halves, keepSecrets } from '../../forms/kept-secrets.ts'
import type { LiveList, Provider } from '../../providers/kit/contract.ts'
import type { Option } from '../../providers/kit/fields.ts'
import type { ConnectionStore } from '../../storage/connections/connections.ts'
import type { DestinationStore } from '../../storage/people/destinations.ts'
import type { SecretFields } from '../../storage/secret-fields.ts'
import { type App, found } from '../app.ts'
import { actorOf, requireUser } from '../caller.ts'
import { createLimit } from './limit.ts'
import { AnyObject, Key, Strict } from './schemas/base.ts'
import * as schemas from './schemas/forms.ts'

export interface ProviderParts {
  providers: readonly Provider[]
  connections: Pick<ConnectionStore, 'get' | 'all'>
  destinations: Pick<DestinationStore, 'get'>
  secrets: Pick<SecretFields, 'keep'>
  checkForm: CheckForm
  clock: Clock
  /** Asks the vendor. Throws `vendor_refused`. */
  listOptions(list: LiveList, settings: JsonObject, destination: JsonObject): Promise<Option[]>
}

/** Live lists that one caller may ask for in a minute. */
const PER_MINUTE = 20

/** What draws the forms: the schemas of all providers, and lists that only a vendor knows. */
export function providerRoutes(app: App, { providers, connections, destinations, secrets, checkForm, clock, listOptions }: ProviderParts): void {
  const allow = createLimit(clock, PER_MINUTE, `At most ${PER_MINUTE} lists a minute: each asks the vendor.`)
  const shown = providers.map(present)

  app.get('/v1/providers', { config: { scope: 'read' }, schema: { response: { 200: schemas.ProviderPage } } }, async () => ({ items: shown, nextCursor: null }))

  app.post(
    '/v1/providers/:id/options/:name',
    { config: { scope: 'manage' }, schema: { params: Strict({ id: Key, name: Key }), body: schemas.OptionsInput, response: { 200: schemas.OptionPage } } },
    async (request) => {
      allow(actorOf(request.caller))
      const { params, body } = request
      const provider = providers.find(({ id }) => id === params.id)
      if (provider === undefined) throw new CarillonError('unknown_provider')
      const list = listOf(provider, params.name)
      const stored = body.id === undefined ? null : found(await connections.get(body.id))
      if (stored !== null && stored.provider !== provider.id) throw invalidField('/id', 'is a connection of another provider')
      const form = keepSecrets(secrets, list, asked(list, body), stored && asked(list, stored))
      const settings = await checkForm({ schema: list.settings, rules: () => [] }, form.settings, '/settings')
      const destination = await checkForm({ schema: list.destination, rules: () => [] }, form.destination ?? {}, '/destination')
      return { items: await listOptions(list, settings.value, destination.value), nextCursor: null }
    },
  )

  /** The settings are the operator's, the destination is one's own. */
  app.post(
    '/v1/me/destinations/:channel/options/:name',
    { schema: { params: Strict({ channel: Key, name: Key }), body: Strict({ destination: AnyObject }), response: { 200: schemas.OptionPage } } },
    async (request) => {
      const { userId } = requireUser(request)
      allow(`user:${userId}`)
      const { channel, name } = request.params
      const provider = found(providers.find((one) => one.channel === channel))
      const list = listOf(provider, found(drawnFrom(provider, name) && name))
      const [saved] = await destinations.get(userId, channel, provider.destination)
      const serving = (await connections.all()).find((one) => one.provider === provider.id && one.personal && one.enabled)
      if (serving === undefined) throw invalidField('/path/channel', 'has no connection that serves it')
      const { settings } = asked(list, serving)
      const stored = saved && asked(list, { settings, destination: saved.body })
      const form = keepSecrets(secrets, list, asked(list, { settings, destination: request.body.destination }), stored ?? null)
      const destination = await checkForm({ schema: list.destination, rules: () => [] }, form.destination ?? {}, '/destination')
      return { items: await listOptions(list, settings, destination.value), nextCursor: null }
    },
  )
}

function listOf({ options = {} }: Provider, name: string): LiveList {
  return found(Object.hasOwn(options, name) && options[name])
}

/** Whether a person's own form has a field that is chosen from the list: others tell of what is the operator's. */
const drawnFrom = ({ destination }: Provider, name: string): boolean =>
  Object.values(destination.properties).some((field) => Reflect.get(field, 'x-live') === name)

/** What of a form the list is asked with. */
function asked({ settings, destination }: LiveList, form: { settings?: JsonObject; destination?: JsonObject | null }): Halves {
  const pick = (schema: { properties: object }, given: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(schema.properties, name)))
  return { settings: pick(settings, form.settings ?? {}), destination: pick(destination, form.destination ?? {}) }
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
