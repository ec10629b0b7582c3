import { sql } from 'kysely'
import { addressId } from '../../domain/address-id.ts'
import type { By } from '../../domain/by.ts'
import type { Writer } from '../../domain/caller.ts'
import type { UserProfile } from '../../domain/event.ts'
import { paged, type Rows, type Slice } from '../../domain/page.ts'
import type { Clock } from '../../domain/time.ts'
import { audit } from '../audit.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { insertRows } from '../rows.ts'
import type { Flag } from '../schema/columns.ts'
import type { TopicSubscribersTable, TopicsTable, Trx } from '../schema.ts'
import { lockUser } from './lock-user.ts'
import { type AddressHash, upsertProfiles } from './profiles.ts'

/** A subscriber to be added: a user (created when unknown), or an address without one. */
export type NewMember = { kind: 'user'; id: string; profile?: UserProfile } | { kind: 'address'; email: string; name?: string; locale?: string }

/** Absent fields stay as they are. */
export interface TopicPatch {
  name?: string
  /** Whether people may join by themselves. */
  open?: boolean
}

/** Which topics somebody may see without being in them. */
export type Sight = 'all' | 'open'

export interface TopicRow extends TopicsTable {
  subscribers: number
}

export interface SubscriberRow extends Pick<TopicSubscribersTable, 'member' | 'created_at'> {
  email: string | null
}

/** In one order for all callers: two that wait for each other's row would deadlock. */
const inOrder = (ids: readonly string[]): string[] => [...new Set(ids)].sort()

export function createTopicStore(dialect: Dialect, addressHash: AddressHash, clock: Clock) {
  const { db, reads } = dialect
  const idOf = (member: NewMember): string => (member.kind === 'user' ? member.id : addressId(addressHash('email', { address: member.email })))

  const withCount = () =>
    db
      .selectFrom('topics')
      .selectAll()
      .select((eb) => [
        eb
          .selectFrom('topic_subscribers')
          .whereRef('topic_subscribers.topic', '=', 'topics.key')
          .select((of) => of.fn.countAll<number>().as('n'))
          .as('subscribers'),
      ])
  const toTopic = (row: TopicsTable & { subscribers: number | null }): TopicRow => ({ ...row, subscribers: Number(row.subscribers ?? 0) })

  const seen = (trx: Trx, topic: string, sight: Sight) => {
    const query = trx.selectFrom('topics').select('key').where('key', '=', topic)
    return sight === 'all' ? query : query.where('open', '=', 1)
  }

  async function add(trx: Trx, topic: string, members: readonly NewMember[]): Promise<number> {
    if (members.length === 0) return 0
    const now = clock()
    await store(trx, members, now)
    const ids = inOrder(members.map(idOf))
    const present = await trx.selectFrom('topic_subscribers').select('member').where('topic', '=', topic).where('member', 'in', dialect.among(ids)).execute()
    const known = new Set(present.map(({ member }) => member))
    const fresh = ids.filter((id) => !known.has(id))
    await insertRows(
      dialect,
      trx,
      'topic_subscribers',
      { topic: 'text', member: 'text', created_at: 'integer' },
      fresh.map((member) => ({ topic, member, created_at: now })),
    )
    return fresh.length
  }

  async function store(trx: Trx, members: readonly NewMember[], now: number): Promise<void> {
    const users = members.filter((member) => member.kind === 'user')
    const addresses = new Map<string, NewMember & { kind: 'address' }>()
    // Of two spellings of one address the first is kept.
    for (const member of members) if (member.kind === 'address' && !addresses.has(idOf(member))) addresses.set(idOf(member), member)
    if (users.length > 0) {
      const ids = dialect.among(users.map(({ id }) => id))
      const rows = await trx.selectFrom('users').selectAll().where('id', 'in', ids).execute()
      await upsertProfiles(dialect, trx, users, new Map(rows.map((row) => [row.id, row])), now, addressHash)
    }
    await insertRows(
      dialect,
      trx,
      'addresses',
      { id: 'text', channel: 'text', email: 'text', name: 'text', locale: 'text', created_at: 'integer' },
      [...addresses]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([id, { email, name, locale }]) => ({ id, channel: 'email', email, name: name ?? null, locale: locale ?? null, created_at: now })),
    )
  }

  return {
    /** Creates a topic, closed unless `open` is true, or changes it; absent fields stay as they are. */
    async put(key: string, { name, open }: TopicPatch, by: By): Promise<void> {
      const now = clock()
      const flag: { open?: Flag } = open === undefined ? {} : { open: open ? 1 : 0 }
      const said = { ...(name === undefined ? {} : { name }), ...flag }
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto('topics')
          .values({ key, name: name ?? key, open: open === true ? 1 : 0, created_at: now, updated_at: now })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ ...said, updated_at: now }))
          .execute()
        await audit(trx, { ...by, action: 'topic.put', target: key, ...(open === undefined ? {} : { detail: { open } }), at: now })
      })
    },
    async get(key: string): Promise<TopicRow | null> {
      const row = await withCount().where('key', '=', key).executeTakeFirst()
      return row === undefined ? null : toTopic(row)
    },
    async list({ limit, after }: Slice): Promise<Rows<TopicRow>> {
      const rows = await withCount()
        .where('key', '>', after ?? '')
        .orderBy('key')
        .limit(limit + 1)
        .execute()
      return paged(rows.map(toTopic), limit, ({ key }) => key)
    },
    remove: (key: string, by: By): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const { numDeletedRows } = await trx.deleteFrom('topics').where('key', '=', key).executeTakeFirstOrThrow()
        if (numDeletedRows === 0n) return false
        await audit(trx, { ...by, action: 'topic.deleted', target: key, at: clock() })
        return true
      }),
    async subscribers(topic: string, { limit, after }: Slice): Promise<Rows<SubscriberRow>> {
      const rows = await reads
        .selectFrom('topic_subscribers as s')
        .leftJoin('users', 'users.id', 's.member')
        .leftJoin('addresses', 'addresses.id', 's.member')
        .select(['s.member', 's.created_at', sql<string | null>`coalesce(users.email, addresses.email)`.as('email')])
        .where('topic', '=', topic)
        .where('member', '>', after ?? '')
        .orderBy('member')
        .limit(limit + 1)
        .execute()
      return paged(rows, limit, ({ member }) => member)
    },
    /** Returns null when there is no such topic. */
    change: (topic: string, added: readonly NewMember[], removed: readonly NewMember[]): Promise<{ added: number; removed: number } | null> =>
      db.transaction().execute(async (trx) => {
        if ((await seen(trx, topic, 'all').modifyEnd(dialect.referred).executeTakeFirst()) === undefined) return null
        const gone = await trx
          .deleteFrom('topic_subscribers')
          .where('topic', '=', topic)
          .where('member', 'in', dialect.among(inOrder(removed.map(idOf))))
          .executeTakeFirstOrThrow()
        return { added: await add(trx, topic, added), removed: Number(gone.numDeletedRows) }
      }),
    /**
     * A person joins. One who may not see closed topics joins open ones only: a closed one is looked for in the same way as one that does not
     * exist, so neither the answer nor its time tells them apart. Returns whether there is such a topic; `full` when they are in `most` others
     * already. Being in it already is never too much.
     */
    join: (topic: string, writer: Writer, sight: Sight, most: number): Promise<boolean | 'full'> =>
      db.transaction().execute(async (trx) => {
        const { userId } = writer
        // It is kept until the end: without it the row of the subscription could not be stored.
        if ((await seen(trx, topic, sight).modifyEnd(dialect.referred).executeTakeFirst()) === undefined) return false
        // Two concurrent joins of one person are counted one after the other.
        await lockUser(dialect, trx, writer, clock())
        const own = trx.selectFrom('topic_subscribers').where('member', '=', userId)
        const known = await own.where('topic', '=', topic).select('topic').executeTakeFirst()
        if (known !== undefined) return true
        const { count } = await own.select((row) => row.fn.countAll().as('count')).executeTakeFirstOrThrow()
        if (Number(count) >= most) return 'full'
        await add(trx, topic, [{ kind: 'user', id: userId }])
        return true
      }),
    /** A person leaves. Returns whether they were in it, or may see that there is such a topic. */
    leave: (topic: string, userId: string, sight: Sight): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const { numDeletedRows } = await trx.deleteFrom('topic_subscribers').where('topic', '=', topic).where('member', '=', userId).executeTakeFirstOrThrow()
        return (await seen(trx, topic, sight).executeTakeFirst()) !== undefined || numDeletedRows > 0n
      }),
    of: (userId: string): Promise<{ key: string; name: string; created_at: number }[]> =>
      reads
        .selectFrom('topic_subscribers as s')
        .innerJoin('topics', 'topics.key', 's.topic')
        .select(['topics.key', 'topics.name', 's.created_at'])
        .where('s.member', '=', userId)
        .orderBy('topics.key')
        .execute(),
  }
}

export type TopicStore = ReturnType<typeof createTopicStore>
