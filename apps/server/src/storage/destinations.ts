import { newId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import { type Clock, MINUTE } from '../domain/time.ts'
import type { Dialect } from './dialects/dialect.ts'
import { ensureUser } from './preferences.ts'
import type { DestinationsTable, Trx } from './schema.ts'
import type { SecretFields } from './secret-fields.ts'
import { issueCode, useCode } from './tokens.ts'

/** A destination with its body in clear. */
export interface StoredDestination extends Omit<DestinationsTable, 'body'> {
  body: JsonObject
}

export interface NewDestination {
  userId: string
  channel: string
  /** In clear, checked against `schema`. */
  body: JsonObject
  schema: object
  /** The folded address: two spellings of one address have the same. */
  addressHash: string
  /** An application said it, so it need not be confirmed. */
  trusted: boolean
}

/** Minutes in which a confirmation code must be typed. */
const CODE_MINUTES = 10

const aadOf = (id: string): string => `destinations|body|${id}`

export function createDestinationStore(dialect: Dialect, secrets: SecretFields, clock: Clock) {
  const { db } = dialect
  const find = (from: Trx | typeof db, userId: string, channel: string) =>
    from.selectFrom('destinations').selectAll().where('user_id', '=', userId).where('channel', '=', channel).executeTakeFirst()
  const opened = (row: DestinationsTable, schema: object): StoredDestination => ({ ...row, body: secrets.open(schema, JSON.parse(row.body), aadOf(row.id)) })

  return {
    async get(userId: string, channel: string, schema: object): Promise<StoredDestination | null> {
      const row = await find(db, userId, channel)
      return row === undefined ? null : opened(row, schema)
    },
    /** `schemaOf` answers null for channels that no provider serves any more; those are left out. */
    async list(userId: string, schemaOf: (channel: string) => object | null): Promise<StoredDestination[]> {
      const rows = await db.selectFrom('destinations').selectAll().where('user_id', '=', userId).orderBy('channel').execute()
      return rows.flatMap((row) => {
        const schema = schemaOf(row.channel)
        return schema === null ? [] : [opened(row, schema)]
      })
    },
    /**
     * Stores where a person is reached. Another address is a new destination with a new id, so that what failed at the old one
     * is not held against it. Answers the code with which it must be confirmed, or null when it need not be.
     */
    put: ({
      userId,
      channel,
      body,
      schema,
      addressHash,
      trusted,
    }: NewDestination): Promise<{ row: StoredDestination; code: { text: string; minutes: number } | null }> =>
      db.transaction().execute(async (trx) => {
        const now = clock()
        await ensureUser(dialect, trx, userId, now)
        const old = await find(trx, userId, channel)
        const same = old !== undefined && old.address_hash === addressHash
        const id = same ? old.id : newId('dst', now)
        const row: DestinationsTable = {
          id,
          user_id: userId,
          channel,
          body: JSON.stringify(secrets.seal(schema, body, aadOf(id))),
          address_hash: addressHash,
          confirmed_at: same && old.confirmed_at !== null ? old.confirmed_at : trusted ? now : null,
          gone_at: null,
          gone_reason: null,
          created_at: same ? old.created_at : now,
          updated_at: now,
        }
        if (old !== undefined) await trx.deleteFrom('destinations').where('id', '=', old.id).execute()
        await trx.insertInto('destinations').values(row).execute()
        if (row.confirmed_at !== null) return { row: { ...row, body }, code: null }
        const text = await issueCode(trx, { purpose: 'destination', userId, ref: id }, now, CODE_MINUTES * MINUTE)
        return { row: { ...row, body }, code: { text, minutes: CODE_MINUTES } }
      }),
    async remove(userId: string, channel: string): Promise<boolean> {
      const { numDeletedRows } = await db.deleteFrom('destinations').where('user_id', '=', userId).where('channel', '=', channel).executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    /** Whether the code was right: then the destination hears everything from now on. */
    confirm: (userId: string, channel: string, code: string): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const row = await find(trx, userId, channel)
        if (row === undefined) return false
        const now = clock()
        if (!(await useCode(trx, { purpose: 'destination', userId, ref: row.id }, code, now))) return false
        await trx.updateTable('destinations').set({ confirmed_at: now, updated_at: now }).where('id', '=', row.id).execute()
        return true
      }),
  }
}

export type DestinationStore = ReturnType<typeof createDestinationStore>
