import type { Destination } from '@carillon/client'
import { healthy } from '../../delivery/health.ts'
import type { JsonObject } from '../../domain/json.ts'
import { type Clock, type Millis, toIso } from '../../domain/time.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { Provider } from '../../providers/provider.ts'
import type { DestinationStore, StoredDestination } from '../../storage/destinations.ts'
import type { SecretFields } from '../../storage/secret-fields.ts'
import { type App, found } from '../app.ts'
import { requireUser } from '../caller.ts'
import type { CheckForm } from '../forms.ts'
import { keepOwnSecrets } from '../kept-secrets.ts'
import { moment, presentHealth } from '../present.ts'
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
  clock: Clock
}

const Params = Strict({ channel: Key })

export function myDestinationRoutes(app: App, { providers, destinations, addressHash, secrets, checkForm, askConfirmation, clock }: MyDestinationParts): void {
  const providerOf = (channel: string): Provider => {
    const provider = providers.find((one) => one.channel === channel)
    if (provider === undefined) throw new CarillonError('unknown_channel', { errors: [{ pointer: '/path/channel', message: 'has no destinations' }] })
    if (provider.devices) throw invalidField('/path/channel', 'reaches devices, which register themselves: POST /v1/me/devices')
    return provider
  }
  const show = (rows: readonly StoredDestination[]): Destination => {
    const [first] = rows
    const provider = providerOf(found(first ?? null).channel)
    return present(rows, secrets.mask(provider.destination, joined(provider, rows)), clock())
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
    const stored = await destinations.get(userId, channel, schema)
    const whole = keepOwnSecrets(secrets, schema, request.body, stored.length === 0 ? null : joined(provider, stored))
    const { value: body } = await checkForm({ schema, rules: (value) => provider.check({ destination: value, own: true }) }, whole, '')
    const places = split(provider, body).map((one) => ({ body: one, addressHash: addressHash(channel, one) }))
    const code = await destinations.put({ userId, channel, places, listed: provider.list !== undefined, schema, trusted })
    if (code !== null) await askConfirmation({ userId, channel, code: code.text, minutes: code.minutes })
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

/** One body for each entry of the list that a provider's destination is; each entry once. */
function split({ list }: Provider, body: JsonObject): JsonObject[] {
  const entries = list === undefined ? null : body[list]
  if (list === undefined || !Array.isArray(entries)) return [body]
  const once = entries.filter((entry, i) => entries.findIndex((other) => JSON.stringify(other) === JSON.stringify(entry)) === i)
  return once.map((entry) => ({ ...body, [list]: [entry] }))
}

/** The other way round; empty when there is none. */
function joined({ list }: Provider, rows: readonly StoredDestination[]): JsonObject {
  const body = rows[0]?.body ?? {}
  if (list === undefined || rows.length === 0) return body
  return { ...body, [list]: rows.flatMap((row) => row.body[list] ?? []) }
}

/** A list is confirmed when all of it is, gone when all of it is, and as well as its worst entry. */
function present(rows: readonly StoredDestination[], body: Destination['body'], now: Millis): Destination {
  const [first] = rows
  const health = rows.flatMap((row) => row.health ?? []).sort((a, b) => b.level - a.level || b.failures - a.failures)
  const every = (pick: (row: StoredDestination) => number | null): number | null =>
    rows.every((row) => pick(row) !== null) ? Math.max(...rows.map((row) => pick(row) ?? 0)) : null
  const goneAt = every(({ gone_at }) => gone_at)
  return {
    channel: first?.channel ?? '',
    body,
    confirmedAt: moment(every(({ confirmed_at }) => confirmed_at)),
    goneAt: moment(goneAt),
    goneReason: goneAt === null ? null : (first?.gone_reason ?? null),
    health: presentHealth(health[0] ?? healthy(first?.id ?? ''), now),
    updatedAt: toIso(Math.max(...rows.map(({ updated_at }) => updated_at))),
  }
}
