import type { PlanningReads } from '../../pipeline/fan-out.ts'
import type { Member } from '../../recipients/member.ts'
import type { Place, Reach } from '../../routing/reach.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { AddressHash } from '../people/profiles.ts'
import type { Db, Trx, UsersTable } from '../schema.ts'
import { readReach } from './reach-rows.ts'

/** Who an audience is and where each of them stands, read in a planning transaction (`users`: the rows it has by now) or ahead of it. */
export function planningReads(
  { dialect, addressHash }: { dialect: Dialect; addressHash: AddressHash },
  from: Db | Trx,
  users = new Map<string, UsersTable>(),
): PlanningReads & { loadUsers(ids: string[]): Promise<void> } {
  async function loadUsers(ids: string[]): Promise<void> {
    const missing = ids.filter((id) => !users.has(id))
    if (missing.length === 0) return
    for (const row of await from.selectFrom('users').selectAll().where('id', 'in', dialect.among(missing)).execute()) users.set(row.id, row)
  }

  return {
    loadUsers,

    addressId: (email) => `adr_${addressHash('email', { address: email })}`,

    async topicMembers(topic, after, limit) {
      const rows = await from
        .selectFrom('topic_subscribers as s')
        .leftJoin('addresses as a', 'a.id', 's.member')
        .select(['s.member', 'a.email', 'a.name', 'a.locale'])
        .where('s.topic', '=', topic)
        .where('s.member', '>', after)
        .orderBy('s.member')
        .limit(limit)
        .execute()
      return rows.map(
        ({ member, email, name, locale }): Member =>
          email === null
            ? { kind: 'user', id: member }
            : { kind: 'address', id: member, email, ...(name === null ? {} : { name }), ...(locale === null ? {} : { locale }) },
      )
    },

    async everyone(after, limit) {
      const rows = await from.selectFrom('users').select('id').where('id', '>', after).orderBy('id').limit(limit).execute()
      return rows.map(({ id }): Member => ({ kind: 'user', id }))
    },

    async reaches(userIds, eventTypes) {
      if (userIds.length === 0) return () => new Map()
      await loadUsers(userIds)
      const { places, routes, preferences } = await readReach(dialect, from, userIds, eventTypes)
      const ofType = (eventType: string) =>
        new Map(
          userIds.map((id): [string, Reach] => [
            id,
            {
              userId: id,
              active: users.get(id)?.active === 1,
              places: places.get(id) ?? NOWHERE,
              routes: routes.get(`${eventType} ${id}`) ?? UNSET,
              preferences: preferences.get(id) ?? {},
            },
          ]),
        )
      // Once per type: a batch holds many events, and most of them are alike.
      const known = new Map(eventTypes.map((eventType) => [eventType, ofType(eventType)]))
      return (eventType) => known.get(eventType) ?? ofType(eventType)
    },
  }
}

const NOWHERE: ReadonlyMap<string, readonly Place[]> = new Map()
const UNSET: ReadonlyMap<string, boolean> = new Map()
