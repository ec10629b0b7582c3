import type { Device } from '@carillon/client'
import { Type } from 'typebox'
import { toIso } from '../../domain/time.ts'
import type { StoredDevice } from '../../services/devices.ts'
import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { askerOf, userOf } from '../callers/caller.ts'
import { moment } from './present.ts'
import { NoContent, Strict } from './schemas/base.ts'
import * as schemas from './schemas/devices.ts'

const Params = Strict({ id: Type.String({ maxLength: 64 }) })

export function myDeviceRoutes(app: App, { devices, pushKeys }: Pick<Services, 'devices' | 'pushKeys'>): void {
  const own = { config: { own: true } } as const

  app.get('/v1/me/devices', { ...own, schema: { response: { 200: schemas.DevicePage } } }, async (request) => ({
    items: (await devices.list(askerOf(request))).map(present),
    nextCursor: null,
  }))

  app.post('/v1/me/devices', { ...own, schema: { body: schemas.DeviceInput, response: { 200: schemas.Device } } }, async (request) =>
    present(await devices.register(askerOf(request), request.body)),
  )

  app.delete('/v1/me/devices/:id', { ...own, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    await devices.remove(askerOf(request), request.params.id)
    return reply.code(204).send(null)
  })

  app.get('/v1/me/push-key', { ...own, schema: { response: { 200: schemas.PushKey } } }, async (request) => {
    userOf(request)
    const { keyId, publicKey } = pushKeys.current()
    return { keyId, publicKey }
  })
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
