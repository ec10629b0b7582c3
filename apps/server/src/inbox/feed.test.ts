import { expect, it, vi } from 'vitest'
import { createFeed, type FeedParts } from './feed.ts'
import type { Frame } from './frames.ts'
import type { Counts, InboxRow } from './item.ts'
import { createLive } from './live.ts'
import type { FeedStore } from './news.ts'
import { createPresenter } from './present.ts'
import type { Sink } from './reader.ts'

const row = (user: string, changed: number): InboxRow => ({
  id: `ntf_${changed}`,
  eventId: 'evt_1',
  type: 't',
  category: 'c',
  severity: 'info',
  priority: 'low',
  createdAt: 0,
  expiresAt: null,
  deletedAt: null,
  seenAt: null,
  readAt: null,
  archivedAt: null,
  snoozedUntil: null,
  changed,
  event: { data: {}, tags: [], url: null, acceptedAt: 0 },
  user: { id: user, email: null, name: null, locale: null, timezone: null, data: {} },
})

/** A feed over a store of numbers in memory. */
function setUp(overrides: Partial<FeedStore> = {}) {
  const rows: InboxRow[] = []
  const asked: string[] = []
  const log = <T>(name: string, answer: T): T => {
    asked.push(name)
    return answer
  }
  const from = (positions: readonly { userId: string; since: number }[]) =>
    rows.filter(({ changed, user }) => positions.some(({ userId, since }) => userId === user.id && changed >= since))
  const store: FeedStore = {
    last: async (userId) => log('last', rows.filter(({ user }) => user.id === userId).at(-1)?.changed ?? 0),
    resumeFrom: async (_userId, after) => log('resumeFrom', after + 1),
    pending: async (positions) => {
      const pending = new Map<string, { count: number; last: number }>()
      for (const { changed, user } of from(positions)) pending.set(user.id, { count: (pending.get(user.id)?.count ?? 0) + 1, last: changed })
      return log('pending', pending)
    },
    changed: async (positions, limit) => log('changed', from(positions).slice(0, limit)),
    counts: async (userIds) =>
      log(
        'counts',
        new Map(
          userIds.map((userId): [string, Counts] => {
            const total = rows.filter(({ user }) => user.id === userId).length
            return [userId, { total, unread: total, unseen: total }]
          }),
        ),
      ),
    ...overrides,
  }
  let gap = () => {}
  const live = createLive<null>({
    notify: async () => {},
    listen: (_channel, _heard, onGap) => {
      gap = onGap
      return () => {}
    },
  })
  const errors: unknown[] = []
  const parts: FeedParts = {
    store,
    subscribe: live.subscribe,
    present: createPresenter(
      () => ({ title: 't', body: 'b', actions: [] }),
      () => {},
    ),
    every: () => () => {},
    random: () => 0,
    onError: (error) => errors.push(error),
  }
  const feed = createFeed(parts)
  return { rows, asked, feed, live, errors, gap: () => gap() }
}

/** A reader that takes everything, unless told otherwise. */
function reader(buffered = () => 0) {
  const frames: Frame[] = []
  const ended: string[] = []
  const sink: Sink = {
    send: (frame) => void frames.push(frame),
    beat: () => {},
    buffered,
    flushed: async () => {},
    end: (reason) => void ended.push(reason),
    destroy: () => void ended.push('destroyed'),
  }
  return { frames, ended, opening: (userId: string, after: number | null = null) => ({ userId, after, sink, stillGood: async () => true }) }
}

const events = (frames: Frame[]) => frames.map(({ event, id }) => `${event} ${id}`)
const calm = async () => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}

it('does no work for users without readers', async () => {
  const { live, asked, feed } = setUp()
  const leave = feed.open(reader().opening('ada'))
  await calm()
  leave()
  asked.length = 0
  live.publish(['ada', 'bob', 'eve'], 1)
  await calm()
  expect(asked).toEqual([])
  expect(feed.readers()).toBe(0)
})

it('reads many publishes of one turn once, for all readers of a user, and tells the counts once', async () => {
  const { rows, live, asked, feed } = setUp()
  const [a, b] = [reader(), reader()]
  feed.open(a.opening('ada'))
  feed.open(b.opening('ada'))
  await calm()
  asked.length = 0
  for (let n = 1; n <= 50; n++) {
    rows.push(row('ada', n))
    live.publish(['ada'], n)
  }
  await calm()
  expect(asked).toEqual(['pending', 'changed', 'counts'])
  expect(events(a.frames)).toEqual(['hello 0', 'counts 0', ...Array.from({ length: 50 }, (_, n) => `notification ${n + 1}`), 'counts 50'])
  expect(b.frames).toEqual(a.frames)
  live.publish(['ada'], 50)
  await calm()
  expect(a.frames).toHaveLength(53)
})

it('tells what came in while a reader was being greeted', async () => {
  const gate = Promise.withResolvers<number>()
  const { rows, live, feed } = setUp({ last: () => gate.promise })
  const a = reader()
  feed.open(a.opening('ada'))
  rows.push(row('ada', 1))
  live.publish(['ada'], 1)
  await calm()
  expect(a.frames).toEqual([])
  gate.resolve(0)
  await calm()
  expect(events(a.frames)).toEqual(['hello 0', 'counts 0', 'notification 1'])
})

it('sends nothing more on a stream whose user or key has ended, once it has heard that some did', async () => {
  const { rows, live, feed } = setUp()
  const [old, other] = [reader(), reader()]
  let ended = false
  let asked = 0
  const stillGood = async () => {
    asked++
    return !ended
  }
  feed.open({ ...old.opening('ada'), stillGood })
  feed.open(other.opening('ada'))
  await calm()
  const publish = async (n: number) => {
    rows.push(row('ada', n))
    live.publish(['ada'], n)
    await calm()
  }
  await publish(1)
  expect(asked).toBe(0)
  feed.doubt()
  await publish(2)
  await publish(3)
  expect(asked, 'asked once for all that somebody ended').toBe(1)
  ended = true
  feed.doubt()
  await publish(4)
  expect(events(old.frames).slice(-3)).toEqual(['notification 3', 'counts 3', 'resync 3'])
  expect(old.ended).toEqual(['signed_out'])
  expect(events(other.frames).slice(-2)).toEqual(['notification 4', 'counts 4'])
})

it('looks again from its last number when the line to other nodes was down', async () => {
  const { rows, feed, gap, asked } = setUp()
  const a = reader()
  feed.open(a.opening('ada'))
  await calm()
  rows.push(row('ada', 1))
  gap()
  await calm()
  expect(asked).toContain('resumeFrom')
  expect(events(a.frames)).toEqual(['hello 0', 'counts 0', 'notification 1', 'counts 1'])
})

it('lets its readers come back when the store fails, and goes on', async () => {
  const broken = new Error('no database')
  const counts = vi.fn(async () => new Map<string, Counts>())
  const { rows, live, feed, errors } = setUp({ counts })
  const a = reader()
  feed.open(a.opening('ada'))
  await calm()
  counts.mockRejectedValueOnce(broken)
  rows.push(row('ada', 1))
  live.publish(['ada'], 1)
  await calm()
  expect(errors).toEqual([broken])
  expect(a.ended).toEqual(['unavailable'])
  expect(a.frames.at(-1)).toMatchObject({ event: 'resync', data: '{"reason":"unavailable"}' })
  const b = reader()
  feed.open(b.opening('ada', 0))
  await calm()
  expect(events(b.frames)).toEqual(['hello 0', 'notification 1', 'counts 1'])
})

it('cuts who has more than 64 KiB waiting, before more is written', async () => {
  let waiting = 0
  const { rows, live, feed } = setUp()
  const [slow, good] = [reader(() => waiting), reader()]
  feed.open(slow.opening('ada'))
  feed.open(good.opening('ada'))
  await calm()
  waiting = 64 * 1024
  rows.push(row('ada', 1))
  live.publish(['ada'], 1)
  await calm()
  expect(slow.ended).toEqual([])
  waiting++
  rows.push(row('ada', 2))
  live.publish(['ada'], 2)
  await calm()
  expect(slow.ended).toEqual(['slow'])
  expect(events(slow.frames).slice(-3)).toEqual(['notification 1', 'counts 1', 'resync 2'])
  expect(events(good.frames).slice(-2)).toEqual(['notification 2', 'counts 2'])
})

it('ends every stream when the hub stops', async () => {
  const { feed } = setUp()
  const [a, b] = [reader(), reader()]
  feed.open(a.opening('ada'))
  feed.open(b.opening('bob'))
  await calm()
  feed.close()
  expect([a.ended, b.ended]).toEqual([['stopping'], ['stopping']])
  expect(feed.readers()).toBe(0)
})
