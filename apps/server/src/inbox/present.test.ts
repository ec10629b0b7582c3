import { expect, it } from 'vitest'
import type { InboxRow } from './item.ts'
import { createPresenter, isSafeTarget } from './present.ts'

const row: InboxRow = {
  id: 'ntf_1',
  eventId: 'evt_1',
  type: 'build.failed',
  category: 'builds',
  severity: 'error',
  priority: 'high',
  createdAt: 0,
  expiresAt: null,
  deletedAt: null,
  seenAt: 1000,
  readAt: null,
  archivedAt: null,
  snoozedUntil: null,
  changed: 7,
  event: { data: { branch: 'main' }, tags: [], url: null, acceptedAt: 0 },
  user: { id: 'ada', email: null, name: null, locale: null, timezone: null, data: {} },
}

const fail = (error: unknown) => {
  throw error
}

it('speaks ISO times and keeps null where nothing happened yet', async () => {
  const item = await createPresenter(() => ({ title: 'Build failed', body: 'main is red', actions: [] }), fail)(row)
  expect(item).toEqual({
    id: 'ntf_1',
    eventId: 'evt_1',
    type: 'build.failed',
    category: 'builds',
    severity: 'error',
    priority: 'high',
    title: 'Build failed',
    body: 'main is red',
    actions: [],
    data: { branch: 'main' },
    createdAt: '1970-01-01T00:00:00.000Z',
    seenAt: '1970-01-01T00:00:01.000Z',
    readAt: null,
    archivedAt: null,
    snoozedUntil: null,
    expiresAt: null,
  })
})

it('drops targets that a browser would run or take to another site', async () => {
  const render = () => ({
    title: 't',
    body: 'b',
    url: 'javascript:alert(1)',
    actions: [
      { label: 'bad', url: 'java\tscript:alert(1)' },
      { label: 'good', url: 'https://example.com/a' },
    ],
  })
  const item = await createPresenter(render, fail)(row)
  expect(item.url).toBeUndefined()
  expect(item.actions).toEqual([{ label: 'good', url: 'https://example.com/a' }])
})

it('shows an entry whose template fails under the name of its type, and says why to the operator', async () => {
  const errors: unknown[] = []
  const broken = new Error('unknown filter')
  const item = await createPresenter(
    () => Promise.reject(broken),
    (error) => errors.push(error),
  )(row)
  expect(item).toMatchObject({ id: 'ntf_1', title: 'build.failed', body: '', actions: [] })
  expect(errors).toEqual([broken])
})

it.each(['https://a.example', 'http://a.example/x?y#z', 'mailto:ada@example.com'])('allows %s', (target) => {
  expect(isSafeTarget(target)).toBe(true)
})

it.each([
  'javascript:alert(1)',
  ' javascript:x',
  'data:text/html,x',
  'vbscript:x',
  '/',
  '/builds/7',
  '//evil.test',
  '/\\evil.test',
  'https:evil',
  'file:///etc/passwd',
  '',
])('refuses %s', (target) => {
  expect(isSafeTarget(target)).toBe(false)
})
