import type { Destination } from '@carillon/client'
import type { JsonObject } from '../../domain/json.ts'
import type { Clock } from '../../domain/time.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { CheckForm } from '../../forms/check.ts'
import { keepOwnSecrets } from '../../forms/kept-secrets.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { DestinationStore, StoredDestination } from '../../storage/people/destinations.ts'
import type { SecretFields } from '../../storage/secret-fields.ts'
import { type App, found } from '../app.ts'
import { requireUser } from '../caller.ts'
import { joined, keepPlaces, labelsOf, maskPlaces, presentDestination, split } from './places.ts'
import { AnyObject, Key, NoContent, Strict } from './schemas/base.ts'
import * as schemas from './schemas/people.ts'

export interface MyDestinationParts {
  providers: readonly Provider[]
  destinations: DestinationStore
  /** One address as all its spellings agree on. */
  addressHash(channel: string, destination: JsonObject): string
  /** What one entry of a list is called; no secret is in it. */
  placeLabel(entry: string): string
  secrets: Pick<SecretFields, 'mask' | 'keep'>
  checkForm: CheckForm
  /** Sends the code to the new address; returns when that is on disk. */
  askConfirmation(asked: { userId: string; channel: string; code: string; minutes: number }): Promise<void>
  clock: Clock
}

const Params = Strict({ channel: Key })

export function myDestinationRoutes(app: App, { providers, destinations, addressHash, placeLabel, secrets, checkForm, ...parts }: MyDestinationParts): void {
  const providerOf = (channel: string): Provider => {
    const provider = providers.find((one) => one.channel === channel)
    if (provider === undefined) throw new CarillonError('unknown_channel', { errors: [{ pointer: '/path/channel', message: 'has no destinations' }] })
    if (provider.devices) throw invalidField('/path/channel', 'reaches devices, which register themselves: POST /v1/me/devices')
    return provider
  }
  const show = (rows: readonly StoredDestination[]): Destination => {
    const [first] = rows
    const provider = providerOf(found(first ?? null).channel)
    const bodies = rows.map(({ body }) => body)
    const labels = labelsOf(provider, bodies, placeLabel)
    const shown = maskPlaces(provider, secrets.mask(provider.destination, joined(provider, bodies)), labels)
    return presentDestination(rows, labels, shown, parts.clock())
  }

  app.get('/v1/me/destinations', { schema: { response: { 200: schemas.DestinationPage } } }, async (request) => {
    const { userId } = requireUser(request)
    const rows = await destinations.list(userId, (channel) => providers.find((one) => one.channel === channel)?.destination ?? null)
    return { items: [...Map.groupBy(rows, ({ channel }) => channel).values()].map(show), nextCursor: null }
  })

  app.get('/v1/me/destinations/:channel', { schema: { params: Params, response: { 200: schemas.Destination } } }, async (request) => {
    const { channel } = request.params
    return show(await destinations.get(requireUser(request).userId, channel, providerOf(channel).destination))
  })

  app.put('/v1/me/destinations/:channel', { schema: { params: Params, body: AnyObject, response: { 200: schemas.Destination } } }, async (request) => {
    const { userId, trusted } = requireUser(request)
    const { channel } = request.params
    const provider = providerOf(channel)
    const schema = provider.destination
    const stored = (await destinations.get(userId, channel, schema)).map((row) => row.body)
    const given = keepPlaces(provider, request.body, stored, labelsOf(provider, stored, placeLabel))
    const whole = keepOwnSecrets(secrets, schema, given, stored.length === 0 ? null : joined(provider, stored))
    const { value: body } = await checkForm({ schema, rules: (value) => provider.check({ destination: value, own: true }) }, whole, '')
    const bodies = split(provider, body)
    const labels = labelsOf(provider, bodies, placeLabel)
    const places = bodies.map((one, i) => ({ body: one, addressHash: addressHash(channel, one), label: labels[i] ?? null }))
    const code = await destinations.put({ userId, channel, places, schema, trusted })
    if (code !== null) await parts.askConfirmation({ userId, channel, code: code.text, minutes: code.minutes })
    return show(await destinations.get(userId, channel, schema))
  })

  app.delete('/v1/me/destinations/:channel', { schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await destinations.remove(requireUser(request).userId, request.params.channel))
    return reply.code(204).send(null)
  })

  app.post(
    '/v1/me/destinations/:channel/confirm',
    { schema: { params: Params, body: schemas.ConfirmInput, response: { 200: schemas.Destination } } },
    async (request) => {
      const { userId } = requireUser(request)
      const { channel } = request.params
      const right = await destinations.confirm(userId, channel, request.body.code)
      if (!right) throw invalidField('/code', 'is wrong, used or too old; store the destination again to get a new one')
      return show(await destinations.get(userId, channel, providerOf(channel).destination))
    },
  )
}
