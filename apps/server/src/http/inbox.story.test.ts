import { createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { HOUR, toIso } from '../domain/time.ts'
import { type InboxApp, startInbox } from './testing/inbox-app.ts'

describe.each(engines)('inbox over HTTP (%s)', (engine) => {
  let store: TestStore
  let node: InboxApp
  beforeAll(async () => {
    store = await openTestStore(engine)
    node = await startInbox(store.dialect)
  })
  afterAll(async () => {
    await node.close()
    await store.close()
  })
  const as = (user: string) => createClient({ baseUrl: `http://127.0.0.1:${node.port}`, token: `user:${user}`, retries: 0 }).inbox
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
    const answer = await node.app.inject({ method, url, headers: { authorization: 'Bearer user:ask' }, ...(payload === undefined ? {} : { payload }) })
    return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() }
  }

  it('lists by cursor to the end, in one shape', async () => {
    const ids = await node.entries.add(...Array.from({ length: 5 }, (_, n) => ({ user: 'liz', data: { text: `no. ${n}` } })))
    const first = await as('liz').list({ limit: 2 })
    expect(first.items[0]).toEqual({
      id: ids[4],
      eventId: expect.stringMatching(/^evt_/),
      type: 'build.failed',
      category: 'builds',
      priority: 'high',
      severity: 'error',
      title: 'build.failed',
      body: 'no. 4',
      actions: [],
      data: { text: 'no. 4' },
      createdAt: toIso(node.now()),
      seenAt: null,
      readAt: null,
      archivedAt: null,
      snoozedUntil: null,
      expiresAt: null,
    })
    const all: string[] = []
    for await (const { id } of as('liz').all({ limit: 2 })) all.push(id)
    expect(all).toEqual(ids.toReversed())
  })

  it('marks entries and updates list and counts', async () => {
    const inbox = as('max')
    const [a, b, c] = await node.entries.add({ user: 'max' }, { user: 'max' }, { user: 'max' })
    expect(await inbox.read(a!)).toMatchObject({ id: a, readAt: toIso(node.now()) })
    expect((await inbox.unread(a!)).readAt).toBeNull()
    expect((await inbox.seen(b!)).seenAt).toBe(toIso(node.now()))
    expect((await inbox.archive(b!)).archivedAt).toBe(toIso(node.now()))
    expect((await inbox.list({ archived: true })).items.map(({ id }) => id)).toEqual([b])
    expect((await inbox.unarchive(b!)).archivedAt).toBeNull()
    const until = toIso(node.now() + HOUR)
    expect((await inbox.snooze(c!, until)).snoozedUntil).toBe(until)
    expect(await inbox.counts()).toEqual({ total: 2, unread: 2, unseen: 0 })
    expect((await inbox.snooze(c!, null)).snoozedUntil).toBeNull()
    await inbox.delete(a!)
    const { items } = await inbox.bulk({ ids: [c!, b!], action: 'read' })
    expect(items.map(({ id, readAt }) => [id, readAt !== null])).toEqual([
      [c, true],
      [b, true],
    ])
    expect((await inbox.bulk({ ids: [c!], action: 'delete' })).items).toEqual([])
    await node.entries.add({ user: 'max' }, { user: 'max', type: 'price.dropped' })
    expect(await inbox.readAll({ type: 'price.dropped' })).toEqual({ updated: 1, counts: { total: 3, unread: 1, unseen: 1 } })
    expect(await inbox.readAll()).toEqual({ updated: 1, counts: { total: 3, unread: 0, unseen: 0 } })
  })

  it('answers 404 for every action on entries of others', async () => {
    const [id] = await node.entries.add({ user: 'victim' })
    for (const action of ['read', 'unread', 'seen', 'archive', 'unarchive'])
      expect(await ask('POST', `/v1/inbox/${id}/${action}`)).toMatchObject({ status: 404 })
    expect(await ask('POST', `/v1/inbox/${id}/snooze`, { until: null })).toMatchObject({ status: 404, body: { code: 'not_found', errors: [] } })
    expect(await ask('DELETE', `/v1/inbox/${id}`)).toMatchObject({ status: 404 })
    expect(await ask('POST', '/v1/inbox/bulk', { ids: [id], action: 'delete' })).toMatchObject({ status: 404, body: { errors: [{ pointer: '/ids/0' }] } })
    expect((await as('victim').list()).items).toMatchObject([{ id, seenAt: null, readAt: null, archivedAt: null }])
  })

  it.each([
    ['POST', '/v1/inbox/bulk', { ids: [], action: 'read' }, '/ids'],
    ['POST', '/v1/inbox/bulk', { ids: ['x'], action: 'burn' }, '/action'],
    ['POST', '/v1/inbox/bulk', { ids: ['x'], action: 'read', colour: 1 }, '/colour'],
    ['POST', '/v1/inbox/bulk', { ids: Array.from({ length: 201 }, () => 'x'), action: 'read' }, '/ids'],
    ['POST', '/v1/inbox/bulk', { ids: ['x'], action: 'snooze' }, '/until'],
    ['POST', '/v1/inbox/bulk', { ids: ['x'], action: 'read', until: null }, '/until'],
    ['POST', '/v1/inbox/x/snooze', { until: '2020-01-01T00:00:00Z' }, '/until'],
    ['POST', '/v1/inbox/x/snooze', { until: '2099-01-01T00:00:00' }, '/until'],
    ['POST', '/v1/inbox/x/snooze', {}, '/until'],
    ['POST', '/v1/inbox/read-all', { unread: true }, '/unread'],
    ['GET', '/v1/inbox?limit=201', undefined, '/query/limit'],
    ['GET', '/v1/inbox?unread=perhaps', undefined, '/query/unread'],
    ['GET', '/v1/inbox?cursor=%2525', undefined, '/query/cursor'],
    ['GET', '/v1/inbox?user=victim', undefined, '/query/user'],
  ] as const)('%s %s %j is refused at %s', async (method, url, body, pointer) => {
    const answer = await ask(method, url, body)
    expect([400, 422]).toContain(answer.status)
    expect(answer.body.errors[0].pointer).toBe(pointer)
  })

  it('streams to the SDK, across a reconnect', async () => {
    const stop = new AbortController()
    const seen: string[] = []
    let cuts = 0
    const ended = as('sdk').stream({
      signal: stop.signal,
      onFrame: ({ event, data }) => event === 'notification' && seen.push(data.id),
      onCut: () => cuts++,
      wait: async () => {},
    })
    await vi.waitFor(() => expect(node.feed.readers()).toBe(1), { timeout: 10_000, interval: 5 })
    const [first] = await node.entries.add({ user: 'sdk' })
    await vi.waitFor(() => expect(seen).toContain(first), { timeout: 10_000, interval: 5 })
    node.app.server.closeAllConnections()
    const [second] = await node.entries.add({ user: 'sdk' })
    await vi.waitFor(() => expect(seen).toContain(second), { timeout: 10_000, interval: 5 })
    expect(cuts).toBe(1)
    stop.abort()
    await ended
    await vi.waitFor(() => expect(node.feed.readers()).toBe(0), { timeout: 10_000, interval: 5 })
  })
})
