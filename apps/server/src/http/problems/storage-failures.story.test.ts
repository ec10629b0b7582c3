import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { storageRefusal } from '../../app/storage-refusal.ts'
import { createTestServer, ROOT_KEY } from '../../app/testing/server.ts'
import { StorageFailure } from '../../storage/dialects/storage-error.ts'
import { createIdempotencyStore } from '../../storage/pipeline/idempotency.ts'
import { createApiKeyStore } from '../../storage/security/api-keys.ts'

const away = () => new StorageFailure('unavailable', 'the server is gone', null)

describe.each(engines)('a request on %s whose storage fails', (engine) => {
  let store: TestStore
  beforeEach(async () => {
    store = await openTestStore(engine)
  })
  afterEach(() => store.close())

  it('answers 503, also when its Idempotency-Key cannot be released, and succeeds when sent again', async () => {
    const keys = createApiKeyStore(store.dialect, Date.now)
    const idempotency = createIdempotencyStore(store.dialect, Date.now)
    const create = vi.fn(keys.create).mockRejectedValueOnce(away())
    const forget = vi.fn(idempotency.forget).mockRejectedValueOnce(away())
    const { app } = await createTestServer(store.dialect, { storageRefusal, keys: { ...keys, create }, idempotency: { ...idempotency, forget } })
    const send = () =>
      app.inject({
        method: 'POST',
        url: '/v1/keys',
        headers: { authorization: `Bearer ${ROOT_KEY}`, 'idempotency-key': 'once' },
        payload: { name: 'collector', scopes: ['read'] },
      })
    const refused = await send()
    expect([refused.statusCode, refused.headers['retry-after'], refused.headers['content-type']]).toEqual([503, '5', 'application/problem+json'])
    expect(refused.json()).toMatchObject({ code: 'unavailable', requestId: expect.any(String) })
    expect((await send()).statusCode).toBe(201)
    const again = await send()
    expect([again.statusCode, again.headers['idempotency-replayed'], create.mock.calls.length]).toEqual([201, 'true', 2])
    await app.close()
  })

  it('answers 500 for a bug', async () => {
    const keys = { ...createApiKeyStore(store.dialect, Date.now), list: async () => Promise.reject(new TypeError('a bug')) }
    const { app } = await createTestServer(store.dialect, { storageRefusal, keys })
    const answer = await app.inject({ url: '/v1/keys', headers: { authorization: `Bearer ${ROOT_KEY}` } })
    expect([answer.statusCode, answer.json<{ code: string }>().code, answer.headers['retry-after']]).toEqual([500, 'internal', undefined])
    await app.close()
  })
})
