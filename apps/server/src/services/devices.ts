import type { DeviceInput } from '@carillon/client'
import { BOUNDS } from '../domain/bounds.ts'
import type { Asker } from '../domain/caller.ts'
import type { JsonObject } from '../domain/json.ts'
import type { NamedBy } from '../domain/named-by.ts'
import { CarillonError, found, invalidField } from '../errors.ts'
import type { CheckForm } from '../forms/check.ts'
import type { Provider } from '../providers/kit/contract.ts'
import { requireUser } from '../security/rights.ts'
import type { DeviceStore, StoredDevice } from '../storage/people/devices.ts'
import { namerOf } from './namer.ts'
import type { FoundKey, PushKeyService } from './push-keys.ts'
import type { Take } from './take.ts'

export type { StoredDevice }

export interface DeviceServiceParts {
  providers: readonly Provider[]
  store: DeviceStore
  /** The hash of one token, equal for all its spellings. */
  addressHash(provider: string, destination: JsonObject): string
  checkForm: CheckForm
  pushKeys: Pick<PushKeyService, 'all'>
  take: Take
}

/** The browsers and phones of the user who asks, or for whom a key with `act` asks. A device registers itself, so it needs no confirmation. */
export function createDeviceService({ providers, store, addressHash, checkForm, pushKeys, take }: DeviceServiceParts) {
  return {
    async list({ caller }: Asker): Promise<StoredDevice[]> {
      return store.list(requireUser(caller).userId)
    },

    async register({ caller }: Asker, given: DeviceInput): Promise<StoredDevice> {
      const { userId, epoch, trusted } = requireUser(caller)
      const namedBy: NamedBy = trusted ? 'application' : 'person'
      if (!trusted) await take([{ limit: 'device.register', of: userId }])
      const { provider: _provider, platform, locale, name, expirationTime: _expires, keyId, ...fields } = given
      const provider = providerOf(given)
      const push = provider.deviceKeys === undefined ? null : pushKeyFor(keyId)
      const form: JsonObject = { ...fields, ...(push ? { keyId: push.keyId } : keyId === undefined ? {} : { keyId }) }
      const rules = (destination: JsonObject) =>
        provider.check({ ...(push && { settings: push.connection.settings }), destination }).filter(({ pointer }) => pointer.startsWith('/destination'))
      const { value: body } = await checkForm(
        { schema: provider.destination, rules, namedBy: namerOf(namedBy, push ? [push.connection.settings] : []) },
        form,
        '',
      )
      const stored = await store.put({
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
        named_by: namedBy,
        addressHash: addressHash(provider.id, body),
        epoch,
      })
      if (stored === null)
        throw invalidField(
          push ? '/endpoint' : '/token',
          `would be one more than the ${BOUNDS.devices} devices that a person can have; delete another one first`,
        )
      return stored
    },

    async remove({ caller }: Asker, id: string): Promise<void> {
      found(await store.remove(requireUser(caller).userId, id))
    },
  }

  function providerOf({ provider: id, endpoint }: DeviceInput): Provider {
    if (id === undefined && endpoint === undefined) throw invalidField('/provider', `is required: ${named()}`)
    const provider = providers.find((one) => one.devices && (id === undefined ? one.deviceKeys !== undefined : one.id === id))
    if (provider === undefined) throw new CarillonError('unknown_provider', { errors: [{ pointer: '/provider', message: `must be one of ${named()}` }] })
    return provider
  }

  function named(): string {
    return providers.flatMap(({ id, devices }) => (devices ? [id] : [])).join(', ')
  }

  /** The connection that the browser subscribed with. */
  function pushKeyFor(keyId: string | undefined): FoundKey {
    const known = pushKeys.all()
    if (known.length === 0)
      throw new CarillonError('conflict', {
        detail: 'No browser can subscribe yet: an operator must add a web push connection and make its keys (POST /v1/connections/:id/actions/generate-vapid).',
      })
    const fitting = keyId === undefined ? known[0] : known.find((one) => one.keyId === keyId)
    if (fitting === undefined) throw invalidField('/keyId', 'belongs to a key that was replaced; ask GET /v1/me/push-key and subscribe again')
    return fitting
  }
}

export type DeviceService = ReturnType<typeof createDeviceService>
