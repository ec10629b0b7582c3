import { Type } from 'typebox'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore } from '../../../test/setup/engines.ts'
import { healthy } from '../../connections/health.ts'
import { secret } from '../../providers/kit/fields.ts'
import { sealSecrets } from '../../security/secret-fields.ts'
import { newKey, parseKeyRing } from '../../security/secrets.ts'
import { createHealthStore } from '../connections/health-store.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { removeDevices } from './device-gone.ts'
import { createDeviceStore, type NewDevice } from './devices.ts'

const schema = Type.Object({ token: secret({ title: 'Token' }) })
const device = (user: string, token: string): NewDevice => ({
  user_id: user,
  channel: 'mobile_push',
  provider: 'fcm',
  platform: 'android',
  app: null,
  environment: null,
  locale: null,
  name: null,
  vapid_key: null,
  named_by: 'person',
  body: { token },
  schema,
  addressHash: `hash of ${token}`,
  epoch: null,
})

describe.each(engines)('device storage (%s)', (engine) => {
  let dialect: Dialect
  let close: () => Promise<void>
  let now = Date.UTC(2026, 0, 5)
  const ring = parseKeyRing(newKey('k1'))
  const store = () => createDeviceStore(dialect, { seal: (form, value, place) => sealSecrets(ring, form, value, place) }, () => now)
  beforeAll(async () => {
    const opened = await openTestStore(engine)
    dialect = opened.dialect
    close = opened.close
  })
  afterAll(() => close())

  it('stores no token in clear text', async () => {
    await store().put(device('ada', 'token-of-ada'))
    const { body } = await dialect.db.selectFrom('devices').select('body').where('user_id', '=', 'ada').executeTakeFirstOrThrow()
    expect(body).not.toContain('token-of-ada')
    expect(JSON.stringify(await store().list('ada'))).not.toContain('token')
  })

  it('counts concurrent registrations', async () => {
    for (let n = 0; n < 18; n++) await store().put(device('ben', `ben-${n}`))
    const stored = await Promise.all(['x', 'y', 'z', 'w'].map((token) => store().put(device('ben', `ben-${token}`))))
    expect(stored.filter((one) => one !== null)).toHaveLength(2)
    expect(await store().list('ben')).toHaveLength(20)
  })

  it('assigns a token that many register concurrently to one of them', async () => {
    const users = ['c1', 'c2', 'c3', 'c4']
    await Promise.all(users.map((user) => store().put(device(user, 'one-token'))))
    expect((await Promise.all(users.map((user) => store().list(user)))).flat()).toHaveLength(1)
  })

  describe('with health records', () => {
    const health = () => createHealthStore(dialect)
    const fail = (...targets: string[]) =>
      dialect.db.transaction().execute((trx) => {
        const rows = targets.map((target) => ({ ...healthy(target), failures: 7, initialFailureAt: now, blockedUntil: now + 1000 }))
        return health().save(trx, rows, [])
      })
    const known = async () => (await health().all()).map(({ target }) => target)

    it('clears the record of a device that registers again, which keeps its id', async () => {
      const [phone, other] = [await store().put(device('fay', 'phone')), await store().put(device('fay', 'other'))]
      await fail(phone!.id, other!.id)
      now += 1000
      expect(await store().put(device('fay', 'phone'))).toEqual({ ...phone, last_seen_at: now })
      expect(await known()).toEqual([other!.id])
    })

    it('deletes the record with the id when another person registers the token', async () => {
      const [old, other] = [await store().put(device('gus', 'handed on')), await store().put(device('gus', 'kept'))]
      await fail(old!.id, other!.id)
      const moved = await store().put(device('hal', 'handed on'))
      expect(moved!.id).not.toBe(old!.id)
      expect((await store().list('gus')).map(({ id }) => id)).toEqual([other!.id])
      expect((await store().list('hal')).map(({ id }) => id)).toEqual([moved!.id])
      expect(await known()).toEqual([other!.id])
    })

    afterEach(async () => {
      await dialect.db.deleteFrom('target_health').execute()
    })
  })

  it('deletes devices that are gone, but not those registered again since', async () => {
    const [gone, back, other] = [await store().put(device('dia', 'gone')), await store().put(device('dia', 'back')), await store().put(device('dia', 'other'))]
    const left = now
    now += 1000
    await store().put(device('dia', 'back'))
    const said = [gone, back].map((one) => ({ id: one!.id, at: left }))
    await dialect.db.transaction().execute((trx) => removeDevices(dialect, trx, [...said, { id: 'dst_1', at: now }]))
    expect((await store().list('dia')).map(({ id }) => id)).toEqual([back!.id, other!.id])
  })

  it('deletes a device that has been gone for a month when its owner registers another', async () => {
    await store().put(device('eli', 'old'))
    await dialect.db.updateTable('devices').set({ gone_at: now }).where('user_id', '=', 'eli').execute()
    now += 29 * 86_400_000
    await store().put(device('eli', 'new'))
    expect(await store().list('eli')).toHaveLength(2)
    now += 2 * 86_400_000
    await store().put(device('eli', 'newer'))
    expect((await store().list('eli')).map(({ gone_at }) => gone_at)).toEqual([null, null])
  })
})
