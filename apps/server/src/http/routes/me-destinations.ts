import type { Destination } from '@carillon/client'
import type { JsonObject } from '../../domain/json.ts'
import { toIso } from '../../domain/time.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { Provider } from '../../providers/provider.ts'
import type { DestinationStore, StoredDestination } from '../../storage/destinations.ts'
import type { SecretFields } from '../../storage/secret-fields.ts'
import { type App, found } from '../app.ts'
import { requireUser } from '../caller.ts'
import type { CheckForm } from '../forms.ts'
import { moment } from '../present.ts'
import { AnyObject, Key, NoContent, Strict } from '../schemas/base.ts'
import * as schemas from '../schemas/people.ts'

export interface MyDestinationParts {
  providers: readonly Provider[]
  destinations: DestinationStore
  /** One address as all its spellings agree on. */
  addressHash(channel: string, destination: JsonObject): string
  secrets: Pick<SecretFields, 'mask' | 'keep'>
  checkForm: CheckForm
  /** Sends the code to the new address; returns when that is on disk. */
  askConfirmation(asked: { userId: string; channel: string; code: string; minutes: number }): Promise<void>
}

const Params = Strict({ channel: Key })

export function myDestinationRoutes(app: App, { providers, destinations, addressHash, secrets, checkForm, askConfirmation }: MyDestinationParts): void {
  const providerOf = (channel: string): Provider => {
    const provider = providers.find((one) => one.channel === channel)
    if (provider === undefined) throw new CarillonError('unknown_channel', { errors: [{ pointer: '/path/channel', message: 'has no destinations' }] })
    if (provider.devices) throw invalidField('/path/channel', 'reaches devices, which register themselves: POST /v1/me/devices')
    return provider
  }
  const show = (row: StoredDestination): Destination => present(row, secrets.mask(providerOf(row.channel).destination, row.body))

  app.get('/v1/me/destinations', { schema: { response: { 200: schemas.DestinationPage } } }, async (request) => {
    const { userId } = requireUser(request)
    const rows = await destinations.list(userId, (channel) => providers.find((one) => one.channel === channel)?.destination ?? null)
    return { items: rows.map(show), nextCursor: null }
  })

  app.get('/v1/me/destinations/:channel', { schema: { params: Params, response: { 200: schemas.Destination } } }, async (request) => {
    const { channel } = request.params
    return show(found(await destinations.get(requireUser(request).userId, channel, providerOf(channel).destination)))
  })

  app.put('/v1/me/destinations/:channel', { schema: { params: Params, body: AnyObject, response: { 200: schemas.Destination } } }, async (request) => {
    const { userId, trusted } = requireUser(request)
    const { channel } = request.params
    const provider = providerOf(channel)
    const schema = provider.destination
    const stored = await destinations.get(userId, channel, schema)
    const whole = secrets.keep(schema, request.body, stored?.body ?? {})
    const body = await checkForm({ schema, rules: (value) => provider.check({ destination: value }) }, whole, '')
    const { row, code } = await destinations.put({ userId, channel, body, schema, addressHash: addressHash(channel, body), trusted })
    if (code !== null) await askConfirmation({ userId, channel, code: code.text, minutes: code.minutes })
    return show(row)
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
      return show(found(await destinations.get(userId, channel, providerOf(channel).destination)))
    },
  )
}

const present = (row: StoredDestination, body: Destination['body']): Destination => ({
  channel: row.channel,
  body,
  confirmedAt: moment(row.confirmed_at),
  goneAt: moment(row.gone_at),
  goneReason: row.gone_reason,
  updatedAt: toIso(row.updated_at),
})
