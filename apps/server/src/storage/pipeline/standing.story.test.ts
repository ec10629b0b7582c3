import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { readStandings } from './standing.ts'

describe.each(engines)('standings in the store (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
    const { db } = store.dialect
    const destination = (id: string, n: number, more: object = {}) => ({
      ...{ id, user_id: 'ada', channel: 'ntfy', n, body: `{"n":${n}}`, label: `place ${n}`, address_hash: `hash-${id}`, named_by: 'person' as const },
      ...{ confirmed_at: 1, gone_at: null, gone_reason: null, created_at: 1, updated_at: 7 },
      ...more,
    })
    await db
      .insertInto('users')
      .values({ ...{ id: 'ada', email: null, name: null, locale: null, timezone: null, data: '{}', active: 1 }, created_at: 1, updated_at: 1 })
      .execute()
    await db
      .insertInto('destinations')
      .values([
        destination('dst_3', 1),
        destination('dst_1', 2, { confirmed_at: null }),
        destination('dst_2', 3, { gone_at: 5 }),
        destination('dst_4', 0, { channel: 'email', label: null }),
      ])
      .execute()
    await db
      .insertInto('devices')
      .values({
        ...{
          id: 'dev_1',
          user_id: 'ada',
          channel: 'mobile_push',
          provider: 'fcm',
          platform: 'android',
          body: '{}',
          address_hash: 'hash-dev',
          named_by: 'application' as const,
          app: null,
        },
        ...{ environment: null, locale: 'fr', name: null, vapid_key: null, created_at: 1, last_seen_at: 9, gone_at: null, gone_reason: null },
      })
      .execute()
    await db
      .insertInto('routes')
      .values([
        { user_id: 'ada', event_type: 'build.failed', channel: 'email', enabled: 0 },
        { user_id: 'ada', event_type: 'bell.rung', channel: 'email', enabled: 1 },
      ])
      .execute()
    await db.insertInto('preferences').values({ user_id: 'ada', body: '{"channels":{"ntfy":false}}', updated_at: 1 }).execute()
  })
  afterAll(() => store.close())

  const read = (recipients: string[], stored = false) =>
    readStandings(store.dialect, store.dialect.db, {
      recipients,
      eventTypes: ['build.failed', 'bell.rung'],
      users: new Map([
        ['ada', { active: 1 }],
        ['idle', { active: 0 }],
      ]),
      stored,
    })

  it('have the entries of a list in their order, devices with provider and language, and the cells of one event type', async () => {
    const standingsOf = await read(['ada'])
    const ada = standingsOf('build.failed').get('ada')!
    expect(ada.active).toBe(true)
    expect(Object.fromEntries(ada.places)).toEqual({
      ntfy: [
        { id: 'dst_3', addressHash: 'hash-dst_3', confirmed: true, gone: false, label: 'place 1' },
        { id: 'dst_1', addressHash: 'hash-dst_1', confirmed: false, gone: false, label: 'place 2' },
        { id: 'dst_2', addressHash: 'hash-dst_2', confirmed: true, gone: true, label: 'place 3' },
      ],
      email: [{ id: 'dst_4', addressHash: 'hash-dst_4', confirmed: true, gone: false }],
      mobile_push: [{ id: 'dev_1', addressHash: 'hash-dev', confirmed: true, gone: false, provider: 'fcm', label: 'dev_1' }],
    })
    expect(ada.routes).toEqual(new Map([['email', false]]))
    expect(standingsOf('bell.rung').get('ada')!.routes).toEqual(new Map([['email', true]]))
    expect(ada.preferences).toEqual({ channels: { ntfy: false } })
  })

  it('have the stored destinations only when an attempt asks', async () => {
    const { places } = (await read(['ada'], true))('build.failed').get('ada')!
    expect(places.get('email')).toMatchObject([{ id: 'dst_4', stored: { body: '{"n":0}', updatedAt: 7, namedBy: 'person' } }])
    expect(places.get('mobile_push')).toMatchObject([{ id: 'dev_1', locale: 'fr', stored: { body: '{}', updatedAt: 9, namedBy: 'application' } }])
  })

  it('of unknown and of inactive users are inactive; a bare address has only its mail', async () => {
    const standings = (await read(['idle', 'nobody', 'adr_x']))('build.failed')
    expect([standings.get('idle')!.active, standings.get('nobody')!.active]).toEqual([false, false])
    expect(standings.get('adr_x')).toEqual({
      recipient: 'adr_x',
      active: true,
      places: new Map([['email', [{ id: 'adr_x', addressHash: 'x', confirmed: true, gone: false }]]]),
      routes: new Map(),
      preferences: {},
    })
  })
})
