import { sql } from 'kysely'
import { addressId, hashOfAddressId, isAddressId } from '../../domain/address-id.ts'
import type { PlanningReads } from '../../pipeline/fan-out-parts.ts'
import type { Member } from '../../recipients/member.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { AddressHash } from '../people/profiles.ts'
import type { Db, Trx, UsersTable } from '../schema.ts'
import { readStandings } from './standing.ts'

/** The members of an audience and their standings, read in a planning transaction (`users`: the rows it has by now) or ahead of it. */
export function planningReads(
  { dialect, addressHash }: { dialect: Dialect; addressHash: AddressHash },
  from: Db | Trx,
  users = new Map<string, UsersTable>(),
  stored = false,
): PlanningReads & { loadUsers(ids: string[]): Promise<void> } {
  async function loadUsers(ids: string[]): Promise<void> {
    const missing = ids.filter((id) => !users.has(id))
    if (missing.length === 0) return
    for (const row of await from.selectFrom('users').selectAll().where('id', 'in', dialect.among(missing)).execute()) users.set(row.id, row)
  }

  return {
    loadUsers,

    addressId: (email) => addressId(addressHash('email', { address: email })),

    async topicMembers(topic, after, limit) {
      const rows = await from
        .selectFrom('topic_subscribers as s')
        .leftJoin('addresses as a', 'a.id', 's.member')
        .select(['s.member', 'a.email', 'a.name', 'a.locale'])
        .where('s.topic', '=', topic)
        .where('s.member', '>', after)
        // A subscriber whose own address is listed as well appears once, so that no part of a long walk has to remember the others. The `case`
        // keeps PostgreSQL from joining all subscribers with all destinations for every part, most of which have no address.
        .where(
          sql<boolean>`case when a.id is null then true else not exists (
            select 1 from destinations d join topic_subscribers own on own.member = d.user_id and own.topic = s.topic
            where d.channel = 'email' and d.address_hash = substr(a.id, 5) and d.confirmed_at is not null) end`,
        )
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

    async owners(addressIds) {
      if (addressIds.length === 0) return new Map()
      const rows = await from
        .selectFrom('destinations')
        .select(['address_hash', 'user_id'])
        .where('channel', '=', sql.lit('email'))
        .where('address_hash', 'in', dialect.among(addressIds.map(hashOfAddressId)))
        .where('confirmed_at', 'is not', null)
        // Where several people share a mailbox it belongs to the one who confirmed it first: the later ones come first and are overwritten.
        .orderBy('confirmed_at', 'desc')
        .orderBy('user_id', 'desc')
        .execute()
      return new Map(rows.map(({ address_hash, user_id }) => [addressId(address_hash), user_id]))
    },

    // Both statements in one round trip.
    standings: (recipients, eventTypes) =>
      readStandings(dialect, from, { recipients, eventTypes, users: loadUsers(recipients.filter((id) => !isAddressId(id))).then(() => users), stored }),
  }
}
