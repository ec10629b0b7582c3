import type { Device, DeviceInput } from '@carillon/client'
import { Type } from 'typebox'
import { MAX_DEVICES } from '../../domain/device.ts'
import type { JsonObject } from '../../domain/json.ts'
import { toIso } from '../../domain/time.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { CheckForm } from '../../forms/check.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { DeviceStore, StoredDevice } from '../../storage/people/devices.ts'
import { type App, found } from '../app.ts'
import { requireUser } from '../caller.ts'
import { moment } from './present.ts'
import { type FoundKey, type PushKeyParts, pushKeys } from './push-keys.ts'
import { NoContent, Strict } from './schemas/base.ts'
import * as schemas from './schemas/devices.ts'

export interface MyDeviceParts extends Pick<PushKeyParts, 'pushConnections'> {
  providers: readonly Provider[]
  devices: DeviceStore
  /** One token as all its spellings agree on. */
  addressHash(provider: string, destination: JsonObject): string
  checkForm: CheckForm
}

const Params = Strict({ id: Type.String({ maxLength: 64 }) })

/** The browsers and phones of one person. A device registers itself, so it need not be confirmed. */
export function myDeviceRoutes(app: App, { providers, devices, addressHash, checkForm, pushConnections }: MyDeviceParts): void {
  app.get('/v1/me/devices', { schema: { response: { 200: schemas.DevicePage } } }, async (request) => {
    const rows = await devices.list(requireUser(request).userId)
    return { items: rows.map(present), nextCursor: null }
  })

  app.post('/v1/me/devices', { schema: { body: schemas.DeviceInput, response: { 200: schemas.Device } } }, async (request) => {
    const { userId } = requireUser(request)
    const { provider: _provider, platform, locale, name, expirationTime: _expires, keyId, ...fields } = request.body
    const provider = providerOf(request.body)
    const push = provider.deviceKeys === undefined ? null : pushKeyFor(keyId)
    const form: JsonObject = { ...fields, ...(push ? { keyId: push.keyId } : keyId === undefined ? {} : { keyId }) }
    const rules = (destination: JsonObject) =>
      provider.check({ ...(push && { settings: push.connection.settings }), destination }).filter(({ pointer }) => pointer.startsWith('/destination'))
    const { value: body } = await checkForm({ schema: provider.destination, rules }, form, '')
    const stored = await devices.put({
      user_id: userId,
      channel: provider.channel,
      provider: provider.id,
      platform: platform ?? provider.platform ?? 'other',
      app: fields.app ?? null,
      environment: fields.environment ?? null,
      locale: locale ?? null,
      name: name ?? null,
      vapid_key: push?.keyId ?? null,
      body,
      schema: provider.destination,
      addressHash: addressHash(provider.id, body),
    })
    if (stored === null)
      throw invalidField(push ? '/endpoint' : '/token', `would be one more than the ${MAX_DEVICES} devices that a person can have; delete another one first`)
    return present(stored)
  })

  app.delete('/v1/me/devices/:id', { schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await devices.remove(requireUser(request).userId, request.params.id))
    return reply.code(204).send(null)
  })

  function providerOf({ provider: id, endpoint }: DeviceInput): Provider {
    if (id === undefined && endpoint === undefined) throw invalidField('/provider', `is required: ${named()}`)
    const provider = providers.find((one) => one.devices && (id === undefined ? one.deviceKeys !== undefined : one.id === id))
    if (provider === undefined) throw new CarillonError('unknown_provider', { errors: [{ pointer: '/provider', message: `must be one of ${named()}` }] })
    return provider
  }

  const named = () => providers.flatMap(({ id, devices: own }) => (own ? [id] : [])).join(', ')

  /** The connection that the browser subscribed with. */
  function pushKeyFor(keyId: string | undefined): FoundKey {
    const known = pushKeys({ providers, pushConnections })
    if (known.length === 0)
      throw new CarillonError('conflict', {
        detail: 'No browser can subscribe yet: an operator must add a web push connection and make its keys (POST /v1/connections/:id/actions/generate-vapid).',
      })
    const fitting = keyId === undefined ? known[0] : known.find((one) => one.keyId === keyId)
    if (fitting === undefined) throw invalidField('/keyId', 'belongs to a key that was replaced; ask GET /v1/me/push-key and subscribe again')
    return fitting
  }
}

const present = ({ id, channel, provider, platform, app, environment, locale, name, ...row }: StoredDevice): Device => ({
  id,
  channel,
  provider,
  platform,
  app,
  environment,
  locale,
  name,
  keyId: row.vapid_key,
  createdAt: toIso(row.created_at),
  lastSeenAt: toIso(row.last_seen_at),
  goneAt: moment(row.gone_at),
  goneReason: row.gone_reason,
})
