import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { createTestServer } from '../app/testing/server.ts'

const gone = { channels: { pigeon: false }, categories: { closed: { email: false, pigeon: true }, orders: { pigeon: true } } }

describe.each(engines)('preferences take known names only (%s)', (engine) => {
  let store: TestStore
  let server: Awaited<ReturnType<typeof createTestServer>>
  beforeAll(async () => {
    store = await openTestStore(engine)
    server = await createTestServer(store.dialect)
    await server.call('PUT', '/v1/event-types/order.shipped', { category: 'orders' })
  })
  beforeEach(() => server.call('PATCH', '/v1/me/preferences', { channels: { email: false } }, { user: 'ann' }))
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  const patch = (body: object, user = 'ann') => server.call('PATCH', '/v1/me/preferences', body, { user })
  const read = async (user = 'ann') => (await server.call('GET', '/v1/me/preferences', undefined, { user })).body

  it.each([
    ['a misspelt channel', { channels: { email: true, emial: true } }, 'unknown_channel', ['/channels/emial']],
    ['a channel that is taken out', { channels: { emial: null } }, 'unknown_channel', ['/channels/emial']],
    ['a name of JavaScript', { channels: { toString: true } }, 'unknown_channel', ['/channels/toString']],
    ['a misspelt category', { categories: { ordres: { email: false } } }, 'invalid_field', ['/categories/ordres']],
    ['a channel of a category', { categories: { orders: { email: true, emial: false } } }, 'unknown_channel', ['/categories/orders/emial']],
    ['several', { channels: { a: true, b: true } }, 'unknown_channel', ['/channels/a', '/channels/b']],
  ])('%s is refused with its place, and nothing is stored', async (_name, body, code, pointers) => {
    const before = await read()
    const { status, body: answer } = await patch(body)
    expect([status, answer.code, answer.errors.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([422, code, pointers])
    expect(await read()).toEqual(before)
  })

  it('every channel and every category that exists is taken', async () => {
    const { items } = (await server.call('GET', '/v1/channels')).body
    const channels = Object.fromEntries(items.map(({ channel }: { channel: string }) => [channel, false]))
    expect(await patch({ channels, categories: { orders: channels, system: channels } }, 'ben')).toMatchObject({ status: 200, body: { channels } })
  })

  it('the matrix names the event type and the channel that are unknown', async () => {
    const put = async (routes: object) => (await server.call('PUT', '/v1/me/routing', { routes }, { user: 'ann' })).body
    expect(await put({ 'order.shiped': { email: true } })).toMatchObject({ code: 'unknown_event_type', errors: [{ pointer: '/routes/order.shiped' }] })
    expect(await put({ 'order.shipped': { emial: true } })).toMatchObject({ code: 'unknown_channel', errors: [{ pointer: '/routes/order.shipped/emial' }] })
  })

  it('what was stored for a channel or category that has gone keeps no later change from being made, and can be taken out', async () => {
    await patch({ channels: { email: true } }, 'old')
    await store.dialect.db
      .updateTable('preferences')
      .set({ body: JSON.stringify(gone) })
      .where('user_id', '=', 'old')
      .execute()
    expect((await patch({ channels: { email: false } }, 'old')).body).toEqual({ ...gone, channels: { pigeon: false, email: false } })
    const whole = await read('old')
    expect(await patch(whole, 'old'), 'the whole that was read').toMatchObject({ status: 200, body: whole })
    const cleared = await patch({ channels: { pigeon: null }, categories: { closed: { email: null, pigeon: null }, orders: { pigeon: null } } }, 'old')
    expect(cleared.body).toEqual({ channels: { email: false }, categories: {} })
    expect(await patch({ channels: { pigeon: true } }, 'old'), 'once taken out it is unknown').toMatchObject({ status: 422 })
  })
})
