import { sql } from 'kysely'
import type { UserProfile } from '../../domain/event.ts'
import { newId } from '../../domain/id.ts'
import type { Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { insertRows } from '../rows.ts'
import type { Trx, UsersTable } from '../schema.ts'
import { newEpoch } from './accounts.ts'

/** The hash of one destination, equal for all its spellings: hex, 32 characters. */
export type AddressHash = (channel: string, destination: { [field: string]: string }) => string

export interface NamedUser {
  id: string
  profile?: UserProfile
}

/**
 * Creates these users where needed, and stores the profiles that an event or a batch contains; absent fields stay as they are.
 * `known` are their present rows. An e-mail address becomes the user's `email` destination, trusted because an
 * application named it. When the address is the same as before, the destination (and its failure) stays.
 */
export async function upsertProfiles(
  dialect: Dialect,
  trx: Trx,
  users: readonly NamedUser[],
  known: ReadonlyMap<string, UsersTable>,
  now: Millis,
  addressHash: AddressHash,
): Promise<void> {
  const changed: UsersTable[] = []
  // Events that arrive together may name one person several times; each adds its profile.
  const named = new Map<string, UserProfile>()
  for (const { id, profile } of users) named.set(id, { ...named.get(id), ...profile })
  for (const [id, profile] of named) {
    const row = known.get(id)
    const next: UsersTable = {
      id,
      email: profile.email ?? row?.email ?? null,
      name: profile.name ?? row?.name ?? null,
      locale: profile.locale ?? row?.locale ?? null,
      timezone: profile.timezone ?? row?.timezone ?? null,
      data: profile.data ? JSON.stringify(profile.data) : (row?.data ?? '{}'),
      active: row?.active ?? 1,
      created_at: row?.created_at ?? now,
      epoch: row === undefined ? newEpoch() : row.epoch,
      updated_at: now,
    }
    if (row === undefined || FIELDS.some((field) => row[field] !== next[field])) changed.push(next)
  }
  if (changed.length === 0) return
  await sql`insert into users (id, email, name, locale, timezone, data, active, created_at, updated_at, epoch)
    select id, email, name, locale, timezone, data, active, created_at, updated_at, epoch from ${dialect.table(changed, USER_COLUMNS, 'r')} where true
    on conflict (id) do update set email = excluded.email, name = excluded.name, locale = excluded.locale, timezone = excluded.timezone,
      data = excluded.data, updated_at = excluded.updated_at`.execute(trx)
  const moved = changed.filter(({ id, email }) => email !== null && email !== known.get(id)?.email)
  await setEmails(
    dialect,
    trx,
    moved.map(({ id, email }) => ({ userId: id, email: email! })),
    now,
    addressHash,
  )
}

const FIELDS = ['email', 'name', 'locale', 'timezone', 'data'] as const
const USER_COLUMNS = {
  id: 'text',
  email: 'text',
  name: 'text',
  locale: 'text',
  timezone: 'text',
  data: 'text',
  active: 'integer',
  created_at: 'integer',
  updated_at: 'integer',
  epoch: 'text',
} as const

async function setEmails(dialect: Dialect, trx: Trx, moved: { userId: string; email: string }[], now: Millis, addressHash: AddressHash): Promise<void> {
  if (moved.length === 0) return
  const rows = moved.map(({ userId, email }) => ({
    id: newId('dst', now),
    user_id: userId,
    channel: 'email',
    body: JSON.stringify({ address: email }),
    address_hash: addressHash('email', { address: email }),
    named_by: 'application',
    confirmed_at: now,
    created_at: now,
    updated_at: now,
  }))
  const ids = dialect.among(moved.map(({ userId }) => userId))
  const old = await trx
    .selectFrom('destinations')
    .select(['id', 'user_id', 'address_hash', 'confirmed_at'])
    .where('channel', '=', 'email')
    .where('user_id', 'in', ids)
    .execute()
  const said = new Set(rows.map(({ user_id, address_hash }) => `${user_id} ${address_hash}`))
  const same = old.filter(({ user_id, address_hash }) => said.has(`${user_id} ${address_hash}`))
  // An address that a person typed needs no confirmation once the application names the same one.
  const typed = same.filter(({ confirmed_at }) => confirmed_at === null).map(({ id }) => id)
  if (typed.length > 0)
    await trx.updateTable('destinations').set({ confirmed_at: now, updated_at: now, named_by: 'application' }).where('id', 'in', dialect.among(typed)).execute()
  const kept = new Set(same.map(({ user_id }) => user_id))
  const fresh = rows.filter(({ user_id }) => !kept.has(user_id))
  if (fresh.length === 0) return
  // A new address is a new destination with its own id, so that the failures of the old one do not count against it.
  await trx
    .deleteFrom('destinations')
    .where('channel', '=', 'email')
    .where('user_id', 'in', dialect.among(fresh.map(({ user_id }) => user_id)))
    .execute()
  await insertRows(
    dialect,
    trx,
    'destinations',
    {
      id: 'text',
      user_id: 'text',
      channel: 'text',
      body: 'text',
      address_hash: 'text',
      named_by: 'text',
      confirmed_at: 'integer',
      created_at: 'integer',
      updated_at: 'integer',
    },
    fresh,
  )
}
