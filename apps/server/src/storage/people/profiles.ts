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
 * `known` are their rows as they were read; what changed since is merged under a lock. An e-mail address becomes the user's `email` destination,
 * trusted because an application named it. Returns whether anything changed. When the address is the same as before, the destination (and its failure) stays.
 */
export async function upsertProfiles(
  dialect: Dialect,
  trx: Trx,
  users: readonly NamedUser[],
  known: ReadonlyMap<string, UsersTable>,
  now: Millis,
  addressHash: AddressHash,
): Promise<boolean> {
  // Events that arrive together may name one person several times; each adds its profile.
  const named = new Map<string, UserProfile>()
  for (const { id, profile } of users) named.set(id, { ...named.get(id), ...profile })
  // In the order of their ids: of two transactions that write the same people one waits for the other, and never both.
  const changed = new Map([...named].filter(([id, profile]) => isChanged(known.get(id), profile)).sort(([a], [b]) => (a < b ? -1 : 1)))
  if (changed.size === 0) return false
  const before = new Map<string, UsersTable>()
  // Again for those who were deleted between the two statements: their rows are gone when the lock is given.
  for (let left = changed; left.size > 0; left = new Map([...left].filter(([id]) => !before.has(id)))) {
    if (await make(dialect, trx, left, now)) break
    for (const [id, row] of await merge(dialect, trx, left, now)) before.set(id, row)
  }
  const moved = [...changed].flatMap(([userId, { email }]) =>
    email === undefined || (email === known.get(userId)?.email && email === before.get(userId)?.email) ? [] : [{ userId, email }],
  )
  await setEmails(dialect, trx, moved, now, addressHash)
  return true
}

/** Makes a row for each that has none. Returns whether none had one. */
async function make(dialect: Dialect, trx: Trx, profiles: ReadonlyMap<string, UserProfile>, now: Millis): Promise<boolean> {
  const rows = [...profiles].map(([id, profile]) => merged({ ...NOBODY, id, created_at: now, updated_at: now, epoch: newEpoch() }, profile))
  return (await insertRows(dialect, trx, 'users', USER_COLUMNS, rows)) === rows.length
}

/** Merges profiles into the rows as they are now. They stay locked, so that no other change is lost. Returns the rows as they were. */
async function merge(dialect: Dialect, trx: Trx, profiles: ReadonlyMap<string, UserProfile>, now: Millis): Promise<Map<string, UsersTable>> {
  const ids = dialect.among([...profiles.keys()])
  const rows = await trx.selectFrom('users').selectAll().where('id', 'in', ids).orderBy('id').modifyEnd(dialect.locked).execute()
  const profileOf = ({ id }: UsersTable): UserProfile => profiles.get(id) ?? {}
  const news = rows.filter((row) => isChanged(row, profileOf(row))).map((row) => ({ ...merged(row, profileOf(row)), updated_at: now }))
  if (news.length > 0) await dialect.update(trx, 'users', CHANGED_COLUMNS, news, { set: SET, where: 'users.id = r.id' })
  return new Map(rows.map((row) => [row.id, row]))
}

const merged = (row: UsersTable, { email, name, locale, timezone, data }: UserProfile): UsersTable => ({
  ...row,
  email: email ?? row.email,
  name: name ?? row.name,
  locale: locale ?? row.locale,
  timezone: timezone ?? row.timezone,
  data: data ? JSON.stringify(data) : row.data,
})

const isChanged = (row: UsersTable | undefined, profile: UserProfile): boolean => {
  if (row === undefined) return true
  const next = merged(row, profile)
  return FIELDS.some((field) => row[field] !== next[field])
}

const FIELDS = ['email', 'name', 'locale', 'timezone', 'data'] as const
const SET = [...FIELDS, 'updated_at'].map((field) => `${field} = r.${field}`).join(', ')
const NOBODY = { email: null, name: null, locale: null, timezone: null, data: '{}', active: 1 } as const
const CHANGED_COLUMNS = { id: 'text', email: 'text', name: 'text', locale: 'text', timezone: 'text', data: 'text', updated_at: 'integer' } as const
const USER_COLUMNS = { ...CHANGED_COLUMNS, active: 'integer', created_at: 'integer', epoch: 'text' } as const

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
