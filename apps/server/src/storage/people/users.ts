import type { By } from '../../domain/by.ts'
import type { Account } from '../../domain/caller.ts'
import type { JsonObject } from '../../domain/json.ts'
import { paged, type Rows, type Slice } from '../../domain/page.ts'
import type { Clock } from '../../domain/time.ts'
import { afterConflict } from '../after-conflict.ts'
import { audit } from '../audit.ts'
import { configChanged } from '../config-changes.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Trx, UsersTable } from '../schema.ts'
import { toAccount } from './accounts.ts'
import { endOf } from './end-of-user.ts'
import { type AddressHash, upsertProfiles } from './profiles.ts'

/** A user as a caller describes them: absent fields stay as they are, null clears. */
export interface UserPatch {
  id: string
  email?: string | null
  name?: string | null
  locale?: string | null
  timezone?: string | null
  data?: JsonObject
  active?: boolean
}

const CLEARABLE = ['email', 'name', 'locale', 'timezone'] as const

export function createUserStore(dialect: Dialect, addressHash: AddressHash, clock: Clock) {
  async function upsert(trx: Trx, patches: readonly UserPatch[]): Promise<{ created: number; updated: number }> {
    const now = clock()
    const ids = patches.map(({ id }) => id)
    const rows = await trx.selectFrom('users').selectAll().where('id', 'in', dialect.among(ids)).execute()
    const known = new Map(rows.map((row) => [row.id, row]))
    const named = patches.map((patch) => ({ id: patch.id, profile: said(patch) }))
    await upsertProfiles(dialect, trx, named, known, now, addressHash)
    for (const patch of patches) await clear(trx, patch, now)
    if (patches.some(({ active }) => active === false)) await configChanged(dialect, trx, 'users')
    return { created: patches.length - known.size, updated: known.size }
  }

  return {
    /** All or nothing; ids must differ. */
    put: (patches: readonly UserPatch[]) => dialect.db.transaction().execute((trx) => upsert(trx, patches)),
    upsert,
    get: (id: string): Promise<UsersTable | undefined> => dialect.db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst(),
    /** Null: there is no such user. */
    async account(id: string): Promise<Account | null> {
      const row = await dialect.db.selectFrom('users').select(['active', 'epoch']).where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : toAccount(row)
    },
    async list({ limit, after }: Slice): Promise<Rows<UsersTable>> {
      const rows = await dialect.reads
        .selectFrom('users')
        .selectAll()
        .where('id', '>', after ?? '')
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return paged(rows, limit, ({ id }) => id)
    },
    /** Removes the person with everything that is theirs; messages that were sent to them stay in the log. */
    remove: (id: string, by: By): Promise<boolean> =>
      afterConflict(() =>
        dialect.db.transaction().execute(async (trx) => {
          const { numDeletedRows } = await trx.deleteFrom('users').where('id', '=', id).executeTakeFirstOrThrow()
          if (numDeletedRows === 0n) return false
          const now = clock()
          await endOf(dialect, trx, id, now)
          await configChanged(dialect, trx, 'users')
          await audit(trx, { ...by, action: 'user.deleted', target: id, at: now })
          return true
        }),
      ),
  }
}

export type UserStore = ReturnType<typeof createUserStore>

function said({ email, name, locale, timezone, data }: UserPatch) {
  return {
    ...(typeof email === 'string' ? { email } : {}),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof locale === 'string' ? { locale } : {}),
    ...(typeof timezone === 'string' ? { timezone } : {}),
    ...(data === undefined ? {} : { data }),
  }
}

async function clear(trx: Trx, patch: UserPatch, now: number): Promise<void> {
  const cleared = CLEARABLE.filter((field) => patch[field] === null)
  if (cleared.length === 0 && patch.active === undefined) return
  const nulls: Partial<Record<(typeof CLEARABLE)[number], null>> = Object.fromEntries(cleared.map((field) => [field, null]))
  const active: { active?: 0 | 1 } = patch.active === undefined ? {} : { active: patch.active ? 1 : 0 }
  await trx
    .updateTable('users')
    .set({ ...nulls, ...active, updated_at: now })
    .where('id', '=', patch.id)
    .execute()
  if (patch.email === null) await trx.deleteFrom('destinations').where('user_id', '=', patch.id).where('channel', '=', 'email').execute()
}
