import { isDeepStrictEqual } from 'node:util'
import type { Reached } from '../connections/reached.ts'
import type { Asker, Caller } from '../domain/caller.ts'
import { counted } from '../domain/counted.ts'
import type { JsonObject } from '../domain/json.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { SecretFields } from '../domain/secret-fields.ts'
import type { Clock } from '../domain/time.ts'
import { CarillonError, found, invalidField } from '../errors.ts'
import { addressesIn, type CheckForm } from '../forms/check.ts'
import { keepOwnSecrets } from '../forms/kept-secrets.ts'
import { joined, keepPlaces, labelsOf, maskPlaces, split } from '../forms/places.ts'
import { shownHosts } from '../forms/shown-hosts.ts'
import type { Provider } from '../providers/kit/contract.ts'
import { networkOf } from '../security/network.ts'
import { requireUser } from '../security/rights.ts'
import type { DestinationStore, StoredDestination } from '../storage/people/destinations.ts'
import { codeUses } from './code-uses.ts'
import { namerOf } from './namer.ts'
import { type ShownDestination, shownDestination } from './shown-destination.ts'
import type { Take } from './take.ts'

export interface DestinationServiceParts {
  providers: readonly Provider[]
  store: DestinationStore
  /** The hash of one address, equal for all its spellings. */
  addressHash(channel: string, destination: JsonObject): string
  /** The addresses that one place reaches, for limits. */
  reached: Reached
  /** The label of one entry of a list; it contains no secret. */
  placeLabel(entry: string): string
  secrets: Pick<SecretFields, 'mask' | 'keep'>
  checkForm: CheckForm
  /** The settings of the connections that serve a channel: the servers in them are an operator's word. */
  settingsFor(channel: string): JsonObject[]
  clock: Clock
  take: Take
  /** Sends the code to the place that it confirms, and to no other; resolves when that is on disk. */
  askConfirmation(asked: { userId: string; channel: string; place: string; code: string; minutes: number }): Promise<void>
}

/** The addresses of a person. All actions concern the user who asks, or the one for whom a key with `act` asks; others get `forbidden`. */
export function createDestinationService(parts: DestinationServiceParts) {
  const { providers, store, addressHash, placeLabel, secrets, checkForm, clock, take } = parts

  const providerOf = (channel: string): Provider => {
    const provider = providers.find((one) => one.channel === channel)
    if (provider === undefined)
      throw new CarillonError('unknown_channel', {
        errors: [
          {
            pointer: '/path/channel',
            message: `has no destinations${didYouMean(
              channel,
              providers.map((one) => one.channel),
            )}`,
          },
        ],
      })
    if (provider.devices) throw invalidField('/path/channel', 'reaches devices, which register themselves: POST /v1/me/devices')
    return provider
  }

  /** As `caller` may see it: a person reads plain words, an application that acts for them the whole. */
  const show = (rows: readonly StoredDestination[], caller: Caller): ShownDestination => {
    const [first] = rows
    const provider = providerOf(found(first ?? null).channel)
    const bodies = rows.map(({ body }) => body)
    const labels = labelsOf(provider, bodies, placeLabel)
    const body = maskPlaces(provider, shownHosts(provider.destination, secrets.mask(provider.destination, joined(provider, bodies))), labels)
    return shownDestination(rows, labels, body, { now: clock(), plain: caller.kind === 'user' })
  }

  const read = async (caller: Caller, channel: string) => show(await store.get(requireUser(caller).userId, channel, providerOf(channel).destination), caller)

  return {
    async list({ caller }: Asker): Promise<ShownDestination[]> {
      const { userId } = requireUser(caller)
      const rows = await store.list(userId, (channel) => providers.find((one) => one.channel === channel)?.destination ?? null)
      return [...Map.groupBy(rows, ({ channel }) => channel).values()].map((places) => show(places, caller))
    },

    async get({ caller }: Asker, channel: string): Promise<ShownDestination> {
      return read(caller, channel)
    },

    /**
     * Stores a person's address. An address from an application is trusted. One that a person typed has to be confirmed with a code sent there:
     * each place of a list with a code of its own.
     */
    async put({ caller, address }: Asker, channel: string, given: JsonObject): Promise<ShownDestination> {
      const { userId, epoch, trusted } = requireUser(caller)
      const provider = providerOf(channel)
      if (!trusted) await take([{ limit: 'destination.save', of: userId }])
      const schema = provider.destination
      const rows = await store.get(userId, channel, schema)
      const stored = rows.map((row) => row.body)
      const kept = keepPlaces(provider, given, stored, labelsOf(provider, stored, placeLabel))
      const whole = keepOwnSecrets(secrets, schema, kept, stored.length === 0 ? null : joined(provider, stored))
      const named = namerOf(trusted ? 'application' : 'person', parts.settingsFor(channel))
      // What an application named stays its word when a person saves it again as it is.
      const namedBy = (address: string, value: JsonObject) =>
        rows.some((row) => row.named_by === 'application' && names(row.body, address) && split(provider, value).some((one) => isDeepStrictEqual(one, row.body)))
          ? 'application'
          : named(address)
      const { value: body } = await checkForm({ schema, rules: (value) => provider.check({ destination: value, own: true }), namedBy }, whole, '')
      const bodies = split(provider, body)
      const labels = labelsOf(provider, bodies, placeLabel)
      const places = bodies.map((one, i) => ({ body: one, addressHash: addressHash(channel, one), label: labels[i] ?? null }))
      const confirmed = new Set(rows.flatMap((row) => (row.confirmed_at === null ? [] : [row.address_hash])))
      if (!trusted) {
        const asked = places.flatMap((place, i) =>
          confirmed.has(place.addressHash) ? [] : [{ addresses: parts.reached(channel, place.body), pointer: fieldOf(provider, i) }],
        )
        refuseSeveral(asked)
        if (asked.length > 0) await take(codeUses({ userId, network: networkOf(address), places: asked }))
      }
      const codes = await store.put({ userId, epoch, channel, places, schema, trusted })
      await Promise.all(codes.map(({ place, text, minutes }) => parts.askConfirmation({ userId, channel, place, code: text, minutes })))
      return read(caller, channel)
    },

    async remove({ caller }: Asker, channel: string): Promise<void> {
      found(await store.remove(requireUser(caller), channel))
    },

    async confirm({ caller }: Asker, channel: string, code: string): Promise<ShownDestination> {
      const writer = requireUser(caller)
      await take([{ limit: 'code.guess', of: [writer.userId, channel], pointer: '/code' }])
      const right = await store.confirm(writer, channel, code)
      if (!right) throw invalidField('/code', 'is wrong, used or too old; store the destination again to get a new one')
      return read(caller, channel)
    },
  }
}

/** Whoever reads a code confirms its place, so nobody else may be reached there. Throws `invalid_field`. */
function refuseSeveral(places: readonly { addresses: readonly object[]; pointer: string }[]): void {
  const errors = places.flatMap(({ addresses, pointer }) =>
    addresses.length > 1
      ? [{ pointer, message: `names ${counted(addresses.length, 'recipient')}, and a code can confirm only one; paste one URL for each` }]
      : [],
  )
  if (errors[0] !== undefined) throw new CarillonError('invalid_field', { detail: `${errors[0].pointer} ${errors[0].message}`, errors })
}

const names = (body: JsonObject, address: string): boolean => [...addressesIn(body, '')].some(([, one]) => one === address)
/** The field of a form that holds the address of one place. */
const fieldOf = ({ list, destination }: Provider, place: number): string =>
  list === undefined ? `/${Object.keys(destination.properties)[0] ?? ''}` : `/${list}/${place}`

export type DestinationService = ReturnType<typeof createDestinationService>
