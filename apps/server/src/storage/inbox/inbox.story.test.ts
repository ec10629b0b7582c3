import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import type { Opener } from '../../domain/caller.ts'
import { HOUR, MINUTE, SECOND } from '../../domain/time.ts'
import type { InboxFilter } from '../../inbox/marks.ts'
import { changedQuery, lastQuery, pendingQuery, recentQuery } from './changes.ts'
import { countQuery, createInboxReads, pageQuery } from './inbox.ts'
import { createInboxMarks } from './marks.ts'
import { createEntryWriter } from './testing/inbox-entries.ts'
import { createTicketStore } from './tickets.ts'

describe.each(engines)('inbox storage (%s)', (engine) => {
  let store: TestStore
  let now = 1_700_000_000_000
  const clock = () => now
  const told: { users: string[]; since: number }[] = []
  const parts = () => {
    const { dialect } = store
    const inboxChanged = async (_trx: unknown, users: string[], since: number) => void told.push({ users, since })
    return { inbox: createInboxReads(dialect, clock), marks: createInboxMarks({ dialect, clock, inboxChanged }), entries: createEntryWriter(dialect, clock) }
  }
  const page = async (user: string, filter: InboxFilter = {}) => (await parts().inbox.page(user, filter, { limit: 50, after: null })).rows.map(({ id }) => id)
  const counts = async (user: string) => (await parts().inbox.counts([user])).get(user)

  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  it('pages newest first and never shows entries of others, hidden or expired ones', async () => {
    const { inbox, entries } = parts()
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push(...(await entries.add({ user: 'pia' }, { user: 'other' })).slice(0, 1))
    await entries.add({ user: 'pia', visible: false }, { user: 'pia', expiresAt: now })
    const first = await inbox.page('pia', {}, { limit: 2, after: null })
    expect(first.rows.map(({ id }) => id)).toEqual([ids[4], ids[3]])
    const second = await inbox.page('pia', {}, { limit: 2, after: first.next })
    const third = await inbox.page('pia', {}, { limit: 2, after: second.next })
    expect([...second.rows, ...third.rows].map(({ id }) => id)).toEqual([ids[2], ids[1], ids[0]])
    expect(third.next).toBeNull()
  })

  it('returns the data for rendering: event and reader', async () => {
    const { inbox, entries } = parts()
    await store.dialect.db
      .insertInto('users')
      .values({
        id: 'fay',
        email: 'fay@example.com',
        name: 'Fay',
        locale: 'fr',
        timezone: null,
        data: '{"team":"x"}',
        active: 1,
        created_at: now,
        updated_at: now,
      })
      .execute()
    await entries.add({ user: 'fay', data: { branch: 'main' } }, { user: 'gus' })
    const [row] = (await inbox.page('fay', {}, { limit: 1, after: null })).rows
    expect(row).toMatchObject({ priority: 'high', event: { data: { branch: 'main' } }, user: { id: 'fay', name: 'Fay', locale: 'fr', data: { team: 'x' } } })
    const [stranger] = (await inbox.page('gus', {}, { limit: 1, after: null })).rows
    expect(stranger?.user).toEqual({ id: 'gus', email: null, name: null, locale: null, timezone: null, data: {} })
  })

  it('filters by reading state, archive, category and type', async () => {
    const { marks, entries } = parts()
    const [a, b, c] = await entries.add({ user: 'fil' }, { user: 'fil', category: 'billing' }, { user: 'fil', type: 'price.dropped' })
    await marks.mark('fil', [a!], { action: 'read' })
    await marks.mark('fil', [b!], { action: 'archive' })
    expect(await page('fil', { unread: true })).toEqual([c])
    expect(await page('fil', { unread: false })).toEqual([a])
    expect(await page('fil', { archived: true })).toEqual([b])
    expect(await page('fil', { archived: true, category: 'builds' })).toEqual([])
    expect(await page('fil', { type: 'price.dropped' })).toEqual([c])
  })

  it('counts visible entries, and every mark changes the counts correctly', async () => {
    const { marks, entries } = parts()
    const ids = await entries.add(
      { user: 'cnt' },
      { user: 'cnt' },
      { user: 'cnt' },
      { user: 'cnt' },
      { user: 'cnt', visible: false },
      { user: 'cnt', expiresAt: now },
    )
    expect(await counts('cnt')).toEqual({ total: 4, unread: 4, unseen: 4 })
    await marks.mark('cnt', [ids[0]!], { action: 'seen' })
    expect(await counts('cnt')).toEqual({ total: 4, unread: 4, unseen: 3 })
    await marks.mark('cnt', [ids[1]!], { action: 'read' })
    expect(await counts('cnt')).toEqual({ total: 4, unread: 3, unseen: 2 })
    await marks.mark('cnt', [ids[1]!], { action: 'unread' })
    expect(await counts('cnt')).toEqual({ total: 4, unread: 4, unseen: 2 })
    await marks.mark('cnt', [ids[2]!], { action: 'archive' })
    expect(await counts('cnt')).toEqual({ total: 3, unread: 3, unseen: 1 })
    await marks.mark('cnt', [ids[3]!], { action: 'delete' })
    expect(await counts('cnt')).toEqual({ total: 2, unread: 2, unseen: 0 })
    expect(await counts('nobody')).toEqual({ total: 0, unread: 0, unseen: 0 })
  })

  it('hides a snoozed entry until its time', async () => {
    const { marks, entries } = parts()
    const [id] = await entries.add({ user: 'sno' })
    await marks.mark('sno', [id!], { action: 'snooze', until: now + HOUR })
    expect(await page('sno')).toEqual([])
    expect(await counts('sno')).toEqual({ total: 0, unread: 0, unseen: 0 })
    now += HOUR
    expect(await page('sno')).toEqual([id])
    await marks.mark('sno', [id!], { action: 'snooze', until: now + HOUR })
    await marks.mark('sno', [id!], { action: 'snooze', until: null })
    expect(await page('sno')).toEqual([id])
  })

  it('keeps the first time of a mark, and notifies nobody of a mark that changes nothing', async () => {
    const { marks, entries } = parts()
    const [id] = await entries.add({ user: 'rep' })
    const [read] = await marks.mark('rep', [id!], { action: 'read' })
    expect(read).toMatchObject({ readAt: now, seenAt: now })
    expect(told.at(-1)).toEqual({ users: ['rep'], since: read?.changed })
    const before = told.length
    now += MINUTE
    const [again] = await marks.mark('rep', [id!], { action: 'read' })
    expect(again).toEqual(read)
    expect(told).toHaveLength(before)
  })

  it('refuses and names foreign and unknown ids, and then marks nothing', async () => {
    const { marks, entries } = parts()
    const [own, foreign] = await entries.add({ user: 'own' }, { user: 'foreign' })
    const refused = marks.mark('own', [own!, foreign!, 'ntf_unknown'], { action: 'read' })
    await expect(refused).rejects.toMatchObject({ code: 'not_found', errors: [{ pointer: '/ids/1' }, { pointer: '/ids/2' }] })
    expect(await page('own', { unread: true })).toEqual([own])
    expect(await page('foreign', { unread: true })).toEqual([foreign])
    await marks.mark('own', [own!], { action: 'delete' })
    await expect(marks.mark('own', [own!], { action: 'read' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('marks all read in chunks, within the filter, without later entries', async () => {
    const { marks, entries } = parts()
    await entries.add(...Array.from({ length: 1100 }, () => ({ user: 'all' })), { user: 'all', category: 'billing' })
    now += SECOND
    await entries.add({ user: 'all' })
    now -= SECOND
    expect(await marks.readAll('all', { category: 'builds' })).toBe(1100)
    expect(await counts('all')).toMatchObject({ total: 1102, unread: 2 })
    expect(await marks.readAll('all', { category: 'builds' })).toBe(0)
    now += SECOND
    expect(await marks.readAll('all', {})).toBe(2)
  })

  it('gives every change a unique number and reads them in that order, including deletions', async () => {
    const { inbox, marks, entries } = parts()
    const [a, b] = await entries.add({ user: 'chg' }, { user: 'chg' }, { user: 'chg', visible: false })
    const start = await inbox.last('chg')
    await marks.mark('chg', [a!, b!], { action: 'read' })
    await marks.mark('chg', [a!], { action: 'delete' })
    const rows = await inbox.changed([{ userId: 'chg', since: start + 1 }], 10)
    expect(rows.map(({ id, deletedAt }) => [id, deletedAt])).toEqual([
      [b, null],
      [a, now],
    ])
    expect(await inbox.pending([{ userId: 'chg', since: start + 1 }])).toEqual(new Map([['chg', { count: 2, last: rows[1]?.changed }]]))
    expect(await inbox.changed([{ userId: 'chg', since: start + 1 }], 1)).toHaveLength(1)
  })

  it('repeats the last 10 s on a resume, and detects an unknown position', async () => {
    const { inbox, marks, entries } = parts()
    const [old] = await entries.add({ user: 'res' })
    now += 11 * SECOND
    const [recent] = await entries.add({ user: 'res' })
    now += 9 * SECOND
    await marks.mark('res', [old!], { action: 'read' })
    const last = await inbox.last('res')
    const from = await inbox.resumeFrom('res', last)
    expect((await inbox.changed([{ userId: 'res', since: from! }], 10)).map(({ id }) => id)).toEqual([recent, old])
    now += MINUTE
    await entries.add({ user: 'res' })
    expect(await inbox.resumeFrom('res', await inbox.last('res'))).toBe(await inbox.last('res'))
    expect(await inbox.resumeFrom('res', last + 1_000_000)).toBeNull()
    expect(await inbox.resumeFrom('new', 0)).toBe(1)
  })

  it('runs the frequent queries through indexes', async () => {
    const { dialect } = store
    const explain = async (text: string, parameters: readonly unknown[]) =>
      dialect.db.connection().execute(async (db) => {
        if (engine === 'sqlite')
          return JSON.stringify((await db.executeQuery({ ...sql.raw('').compile(db), sql: `explain query plan ${text}`, parameters })).rows)
        await sql`set enable_seqscan = off`.execute(db)
        await sql`set enable_sort = off`.execute(db)
        const { rows } = await db.executeQuery({ ...sql.raw('').compile(db), sql: `explain ${text}`, parameters })
        await sql`reset all`.execute(db)
        return JSON.stringify(rows)
      })
    const isSearched = (index: string) => (engine === 'sqlite' ? new RegExp(`SEARCH \\w+ USING (COVERING )?INDEX ${index}`) : new RegExp(index))
    const plan = (query: { compile: () => { sql: string; parameters: readonly unknown[] } }) => {
      const compiled = query.compile()
      return explain(compiled.sql, compiled.parameters)
    }
    const raw = (query: RawBuilder<unknown>) => plan({ compile: () => query.compile(dialect.db) })
    for (const filter of [{}, { unread: true }])
      expect(await plan(pageQuery(dialect, now, 'pia', filter, { limit: 20, after: '7' }))).toMatch(isSearched('notifications_inbox'))
    const counting = await plan(countQuery(dialect, ['pia', 'fay'], now))
    expect(counting).toMatch(isSearched('notifications_inbox'))
    expect(counting).toMatch(engine === 'sqlite' ? /COVERING INDEX notifications_inbox/ : /./)
    const positions = [
      { userId: 'pia', since: 7 },
      { userId: 'fay', since: 1 },
    ]
    for (const query of [
      raw(pendingQuery(dialect, positions)),
      plan(changedQuery(dialect, positions, 10)),
      raw(recentQuery('pia', 7)),
      raw(lastQuery('pia')),
    ]) {
      const found = await query
      for (const index of ['notifications_inbox', 'notifications_marked']) expect(found).toMatch(isSearched(index))
      expect(found).not.toMatch(/Seq Scan on notifications|SCAN (n|c|notifications)\b/)
    }
    const newestAndPending = [raw(pendingQuery(dialect, positions)), raw(lastQuery('pia'))]
    if (engine === 'sqlite') for (const found of newestAndPending) expect(await found, 'no entry is read').toContain('COVERING INDEX notifications_inbox')
  })
})

describe.each(engines)('stream tickets (%s)', (engine) => {
  let store: TestStore
  let now = 1_700_000_000_000
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  it('open one stream of their own user once, within 60 s', async () => {
    const tickets = createTicketStore(store.dialect, () => now)
    const ada: Opener = { userId: 'ada', epoch: 'e1', credential: { kind: 'user', epoch: 'e1', expiresAt: now + HOUR } }
    expect(await tickets.issue('h1', ada)).toBe(now + 60_000)
    await tickets.issue('h2', ada)
    expect(await tickets.redeem('unknown')).toBeNull()
    expect(await Promise.all([tickets.redeem('h1'), tickets.redeem('h1'), tickets.redeem('h1')])).toEqual(expect.arrayContaining([ada, null, null]))
    now += 59_999
    expect(await tickets.redeem('h2')).toEqual(ada)
    await tickets.issue('h3', ada)
    now += 60_000
    expect(await tickets.redeem('h3')).toBeNull()
  })

  it('are deleted when expired and new ones are created', async () => {
    const tickets = createTicketStore(store.dialect, () => now)
    now += 2 * HOUR
    await tickets.issue('h4', { userId: 'bob', epoch: null, credential: { kind: 'key', keyId: 'key_1' } })
    const { n } = await store.dialect.db.selectFrom('tokens').select(sql<number>`count(*)`.as('n')).executeTakeFirstOrThrow()
    expect(n).toBe(1)
  })
})
