import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { BOUNDS } from '../../domain/bounds.ts'
import type { Sink } from '../../inbox/reader.ts'
import { type InboxApp, startInbox } from '../testing/inbox-app.ts'

let store: TestStore
let node: InboxApp
beforeAll(async () => {
  store = await openTestStore('sqlite')
  node = await startInbox(store.dialect)
})
afterAll(async () => {
  await node.close()
  await store.close()
})

const sink: Sink = { send() {}, beat() {}, buffered: () => 0, flushed: async () => {}, end() {}, destroy() {} }

it.each(['/v1/inbox/stream', '/v1/inbox/ws'])('%s: one stream more than a user may have open is refused until one is closed', async (url) => {
  const ask = (user: string) => node.app.inject({ method: 'GET', url, headers: { authorization: `Bearer user:${user}` } })
  const open = () => node.feed.open({ userId: 'ann', after: null, sink, stillGood: async () => true })
  const opened = Array.from({ length: BOUNDS.streams - 1 }, open)
  expect(node.feed.hasRoom('ann')).toBe(true)
  opened.push(open())
  const refused = await ask('ann')
  expect(refused.statusCode).toBe(429)
  expect(refused.json()).toMatchObject({ code: 'too_many_requests', detail: expect.stringContaining(`at most ${BOUNDS.streams} streams`) })
  expect(refused.headers['retry-after']).toBe('60')
  expect(node.feed.hasRoom('ben')).toBe(true)
  opened.pop()?.()
  expect(node.feed.hasRoom('ann')).toBe(true)
  for (const close of opened) close()
})
