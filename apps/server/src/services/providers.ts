import type { OptionsInput, Provider as Shown } from '@carillon/client'
import { type Asker, actorOf } from '../domain/caller.ts'
import type { JsonObject } from '../domain/json.ts'
import { CONCURRENCY } from '../domain/limits.ts'
import type { NamedBy } from '../domain/named-by.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { SecretFields } from '../domain/secret-fields.ts'
import { SECOND } from '../domain/time.ts'
import { CarillonError, found, invalidField } from '../errors.ts'
import type { CheckForm, Form } from '../forms/check.ts'
import { type Halves, keepSecrets } from '../forms/kept-secrets.ts'
import type { LiveList, Provider } from '../providers/kit/contract.ts'
import type { Option } from '../providers/kit/fields.ts'
import { requireUser } from '../security/rights.ts'
import type { ConnectionStore } from '../storage/connections/connections.ts'
import type { DestinationStore } from '../storage/people/destinations.ts'
import { namerOf } from './namer.ts'
import { needs } from './needs.ts'
import type { Take } from './take.ts'

export interface ProviderServiceParts {
  providers: readonly Provider[]
  connections: Pick<ConnectionStore, 'get' | 'all'>
  destinations: Pick<DestinationStore, 'get'>
  secrets: Pick<SecretFields, 'keep'>
  checkForm: CheckForm
  take: Take
  /** Fetches the list from the vendor. Throws `vendor_refused`, to a person in plain words. */
  listOptions(list: LiveList, settings: JsonObject, destination: JsonObject, namedBy: NamedBy): Promise<Option[]>
}

/** Data for rendering the forms: the schemas of all providers, and lists that only a vendor knows (its rooms, devices, topics). */
export function createProviderService({ providers, connections, destinations, secrets, checkForm, take, listOptions }: ProviderServiceParts) {
  const allow = (of: string) => take([{ limit: 'list.fetch', of }])
  const checkedHalf = async (schema: object, given: JsonObject, prefix: string, namedBy?: Form['namedBy']) =>
    (await checkForm({ schema, rules: () => [], ...(namedBy && { namedBy }) }, given, prefix)).value

  return {
    all: providers.map(shown),
    /** The choices of one field in a connection's form; needs the scope `manage`. Secrets that read `********` are those of the connection that `id` names. */
    options: needs('manage')(async (who: Asker, providerId: string, name: string, given: OptionsInput): Promise<Option[]> => {
      await allow(actorOf(who.caller))
      const provider = providers.find(({ id }) => id === providerId)
      if (provider === undefined)
        throw new CarillonError('unknown_provider', {
          errors: [
            {
              pointer: '/path/id',
              message: `is not a known provider${didYouMean(
                providerId,
                providers.map(({ id }) => id),
              )}`,
            },
          ],
        })
      const list = listOf(provider, name)
      const stored = given.id === undefined ? null : found(await connections.get(given.id))
      if (stored !== null && stored.provider !== provider.id) throw invalidField('/id', 'is a connection of another provider')
      const form = keepSecrets(secrets, list, asked(list, given), stored && asked(list, stored))
      const settings = await checkedHalf(list.settings, form.settings, '/settings')
      const destination = await checkedHalf(list.destination, form.destination ?? {}, '/destination')
      return listOptions(list, settings, destination, 'application')
    }),

    /** The choices of one field in a person's own destination: the settings are those of the connection that serves it. */
    async ownOptions({ caller }: Asker, channel: string, name: string, given: JsonObject): Promise<Option[]> {
      const { userId, trusted } = requireUser(caller)
      const namedBy: NamedBy = trusted ? 'application' : 'person'
      await allow(`user:${userId}`)
      const provider = found(providers.find((one) => one.channel === channel))
      const list = listOf(provider, found(drawnFrom(provider, name) && name))
      const [saved] = await destinations.get(userId, channel, provider.destination)
      const serving = (await connections.all()).find((one) => one.provider === provider.id && one.personal && one.enabled)
      if (serving === undefined) throw invalidField('/path/channel', 'has no connection that serves it')
      const { settings } = asked(list, serving)
      const stored = saved && asked(list, { settings, destination: saved.body })
      const form = keepSecrets(secrets, list, asked(list, { settings, destination: given }), stored ?? null)
      const destination = await checkedHalf(list.destination, form.destination ?? {}, '/destination', namerOf(namedBy, [settings]))
      return listOptions(list, settings, destination, namedBy)
    },
  }
}

export type ProviderService = ReturnType<typeof createProviderService>

function listOf({ options = {} }: Provider, name: string): LiveList {
  return found(Object.hasOwn(options, name) && options[name])
}

/** Whether a person's own form has a field with choices from the list. Other lists are about the operator's settings. */
const drawnFrom = ({ destination }: Provider, name: string): boolean =>
  Object.values(destination.properties).some((field) => Reflect.get(field, 'x-live') === name)

/** The fields of a form that the request for the list needs. */
function asked({ settings, destination }: LiveList, form: { settings?: JsonObject; destination?: JsonObject | null }): Halves {
  const pick = (schema: { properties: object }, given: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(schema.properties, name)))
  return { settings: pick(settings, form.settings ?? {}), destination: pick(destination, form.destination ?? {}) }
}

function shown({ id, name, channel, docs, settings, destination, sharedDestination, preview, devices, capabilities, concurrency }: Provider): Shown {
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
