import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import type { Db, Trx } from '../schema.ts'
import { planningReads } from './plan-reads.ts'

const user = (id: string) => ({
  ...{ id, email: null, name: null, locale: null, timezone: null, data: '{}', active: 1 as const, created_at: 1, updated_at: 1 },
})
const own = (user_id: string, hash: string, confirmed_at: number | null, channel = 'email') => ({
  ...{ id: `dst_${user_id}_${channel}`, user_id, channel, n: 0, body: '{}', label: null, address_hash: hash, confirmed_at },
  ...{ named_by: 'application' as const, gone_at: null, gone_reason: null, created_at: 1, updated_at: 1 },
})
const subscriber = (topic: string, member: string) => ({ topic, member, created_at: 1 })
const topic = (key: string) => ({ key, name: key, open: 0 as const, created_at: 1, updated_at: 1 })
const readsOf = (dialect: TestStore['dialect'], from: Db | Trx) => planningReads({ dialect, addressHash: (_channel, { address }) => String(address) }, from)

describe.each(engines)('members of an audience in the store (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
    const { db } = store.dialect
    const bare = (id: string) => ({ id, channel: 'email', email: `${id}@example.com`, name: null, locale: null, created_at: 1 })
    await db.insertInto('users').values(['first', 'second', 'member', 'stranger', 'typist'].map(user)).execute()
    await db
      .insertInto('destinations')
      .values([
        own('second', 'shared', 20),
        own('first', 'shared', 10),
        own('member', 'of-member', 5),
        own('stranger', 'of-stranger', 5),
        own('typist', 'typed', null),
        own('typist', 'on-phone', 5, 'sms'),
      ])
      .execute()
    await db.insertInto('addresses').values(['adr_of-member', 'adr_of-stranger', 'adr_typed'].map(bare)).execute()
    await db.insertInto('topics').values(['team', 'other'].map(topic)).execute()
    await db
      .insertInto('topic_subscribers')
      .values([
        ...['adr_of-member', 'adr_of-stranger', 'adr_typed', 'member', 'typist'].map((member) => subscriber('team', member)),
        subscriber('other', 'stranger'),
      ])
      .execute()
  })
  afterAll(() => store.close())

  const reads = () => readsOf(store.dialect, store.dialect.db)

  it('a bare address belongs to the user who confirmed it first; not to one who did not confirm it, nor by another channel', async () => {
    expect(await reads().owners(['adr_shared', 'adr_of-member', 'adr_typed', 'adr_on-phone', 'adr_nobody'])).toEqual(
      new Map([
        ['adr_shared', 'first'],
        ['adr_of-member', 'member'],
      ]),
    )
    expect(await reads().owners([])).toEqual(new Map())
  })

  it('a topic leaves out a bare address only when a user who confirmed it subscribes to the same topic', async () => {
    const members = await reads().topicMembers('team', '', 10)
    expect(members.map(({ id }) => id)).toEqual(['adr_of-stranger', 'adr_typed', 'member', 'typist'])
    expect((await reads().topicMembers('team', 'adr_typed', 1)).map(({ id }) => id)).toEqual(['member'])
  })
})

it('a part of a topic without bare addresses reads no destination (postgres)', async () => {
  const { dialect, close } = await openTestStore('postgres')
  const people = Array.from({ length: 600 }, (_, n) => `person ${n}`)
  await dialect.db.insertInto('users').values(people.map(user)).execute()
  await dialect.db
    .insertInto('destinations')
    .values(people.map((id) => own(id, id, 1)))
    .execute()
  await dialect.db.insertInto('topics').values(topic('everybody')).execute()
  await dialect.db
    .insertInto('topic_subscribers')
    .values(people.map((id) => subscriber('everybody', id)))
    .execute()
  await sql`analyze`.execute(dialect.db)
  await dialect.db.transaction().execute(async (trx) => {
    expect(await readsOf(dialect, trx).topicMembers('everybody', '', 250)).toHaveLength(250)
    const { rows } = await sql<{ n: string }>`select seq_tup_read + coalesce(idx_tup_fetch, 0) as n from pg_stat_xact_user_tables
      where relname = 'destinations'`.execute(trx)
    // The planner itself looks at the ends of an index.
    expect(Number(rows[0]!.n)).toBeLessThan(10)
  })
  await close()
})
