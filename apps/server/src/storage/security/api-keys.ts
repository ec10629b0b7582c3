import type { By } from '../../domain/by.ts'
import { newId } from '../../domain/id.ts'
import { paged, type Rows, type Slice } from '../../domain/page.ts'
import { type Clock, MINUTE } from '../../domain/time.ts'
import { audit } from '../audit.ts'
import { configChanged } from '../config-changes.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { ApiKeysTable } from '../schema.ts'

export interface NewKeyRow {
  name: string
  prefix: string
  hash: string
  scopes: readonly string[]
  expiresAt: number | null
}

export function createApiKeyStore(dialect: Dialect, clock: Clock) {
  const { db } = dialect
  return {
    create: ({ name, prefix, hash, scopes, expiresAt }: NewKeyRow, by: By): Promise<ApiKeysTable> =>
      db.transaction().execute(async (trx) => {
        const now = clock()
        const row: ApiKeysTable = {
          id: newId('key', now),
          name,
          prefix,
          hash,
          scopes: JSON.stringify(scopes),
          created_at: now,
          expires_at: expiresAt,
          last_used_at: null,
          revoked_at: null,
        }
        await trx.insertInto('api_keys').values(row).execute()
        await audit(trx, { ...by, action: 'key.created', target: row.id, detail: { name, scopes: [...scopes] }, at: now })
        return row
      }),
    /** By the public part of the key. */
    find: (prefix: string): Promise<ApiKeysTable | undefined> => db.selectFrom('api_keys').selectAll().where('prefix', '=', prefix).executeTakeFirst(),
    async list({ limit, after }: Slice): Promise<Rows<ApiKeysTable>> {
      const rows = await db
        .selectFrom('api_keys')
        .selectAll()
        .where('id', '>', after ?? '')
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return paged(rows, limit, ({ id }) => id)
    },
    revoke: (id: string, by: By): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const now = clock()
        const { numUpdatedRows } = await trx
          .updateTable('api_keys')
          .set({ revoked_at: now })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 0n) return false
        await audit(trx, { ...by, action: 'key.revoked', target: id, at: now })
        await configChanged(dialect, trx, 'keys')
        return true
      }),
    /** Stores the time of use of a key, at most once a minute, so that a busy key does not cause many writes of one row. */
    async touch({ id, last_used_at }: Pick<ApiKeysTable, 'id' | 'last_used_at'>): Promise<void> {
      const now = clock()
      if (last_used_at !== null && now - last_used_at < MINUTE) return
      await db.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', id).execute()
    },
  }
}

export type ApiKeyStore = ReturnType<typeof createApiKeyStore>
