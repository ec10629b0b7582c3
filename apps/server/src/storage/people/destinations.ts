import { isDeepStrictEqual } from 'node:util'
import type { Writer } from '../../domain/caller.ts'
import type { TargetHealth } from '../../domain/connection.ts'
import { newId } from '../../domain/id.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { SecretFields } from '../../domain/secret-fields.ts'
import { type Clock, MINUTE } from '../../domain/time.ts'
import { secretPlace } from '../../security/secrets.ts'
import { configChanged } from '../config-changes.ts'
import { toHealth } from '../connections/health-store.ts'
import { stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { DestinationsTable, Trx } from '../schema.ts'
import { issueCode, useCode } from '../security/tokens.ts'
import { lockKnownUser, lockUser } from './lock-user.ts'

/** A destination with its body in clear. */
export interface StoredDestination extends Omit<DestinationsTable, 'body'> {
  body: JsonObject
  /** Null: healthy. */
  health: TargetHealth | null
}

export interface NewDestination extends Writer {
  channel: string
  /**
   * In clear, checked against `schema`, with the hash of the address: all spellings of one address have the same. A list has a row for each
   * entry, also when there is only one, and those have labels.
   */
  places: { body: JsonObject; addressHash: string; label: string | null }[]
  schema: object
  /** An application stored it: it needs no confirmation, and named the address. */
  trusted: boolean
}

/** Minutes in which a confirmation code must be entered. */
const CODE_MINUTES = 10

/** The code for one place. */
export interface PlaceCode {
  /** The id of that place: the code is sent to it alone, and confirms it alone. */
  place: string
  text: string
  minutes: number
}

/** The ids of the places that wait for a code, as one text. */
const unconfirmed = (rows: readonly { id: string; confirmed_at: number | null }[]): string =>
  rows
    .flatMap(({ id, confirmed_at }) => (confirmed_at === null ? [id] : []))
    .sort()
    .join(' ')

const placeOf = (id: string): string => secretPlace('destinations', 'body', id)

export function createDestinationStore(dialect: Dialect, secrets: SecretFields, clock: Clock) {
  const { db } = dialect
  const find = (from: Trx | typeof db, userId: string, channel: string) =>
    from.selectFrom('destinations').selectAll().where('user_id', '=', userId).where('channel', '=', channel).orderBy('n').execute()
  const healthOf = async (rows: DestinationsTable[]): Promise<Map<string, TargetHealth>> => {
    const ids = rows.map(({ id }) => id)
    const known = await db.selectFrom('target_health').selectAll().where('target', 'in', dialect.among(ids)).execute()
    return new Map(known.map((row) => [row.target, toHealth(row)]))
  }
  const opened = (row: DestinationsTable, schema: object, health: Map<string, TargetHealth>): StoredDestination => ({
    ...row,
    body: secrets.open(schema, JSON.parse(row.body), placeOf(row.id)),
    health: health.get(row.id) ?? null,
  })

  /** Saving an address again clears its failure history, so it need not wait for the end of a block. */
  async function forgetHealth(trx: Trx, rows: DestinationsTable[]): Promise<void> {
    const ids = dialect.among(rows.map(({ id }) => id))
    const { numDeletedRows } = await trx.deleteFrom('target_health').where('target', 'in', ids).executeTakeFirstOrThrow()
    if (numDeletedRows === 0n) return
    const now = clock()
    const waiting = trx.updateTable('deliveries').where('destination_id', 'in', ids).where('state', '=', stateLit('queued')).where('due_at', '>', now)
    await waiting.set({ due_at: now }).execute()
    await configChanged(dialect, trx, 'health')
  }

  /** What an application named stays its word when a person saves it again as it is. */
  const isUnchanged = (same: DestinationsTable, schema: object, body: JsonObject): boolean =>
    same.named_by === 'application' && isDeepStrictEqual(secrets.open(schema, JSON.parse(same.body), placeOf(same.id)), body)

  return {
    /** All of its places, in their order; none when there is no such destination. */
    async get(userId: string, channel: string, schema: object): Promise<StoredDestination[]> {
      const rows = await find(db, userId, channel)
      const health = await healthOf(rows)
      return rows.map((row) => opened(row, schema, health))
    },
    /** `schemaOf` returns null for channels that no provider serves any more; those are left out. */
    async list(userId: string, schemaOf: (channel: string) => object | null): Promise<StoredDestination[]> {
      const rows = await db.selectFrom('destinations').selectAll().where('user_id', '=', userId).orderBy('channel').orderBy('n').execute()
      const health = await healthOf(rows)
      return rows.flatMap((row) => {
        const schema = schemaOf(row.channel)
        return schema === null ? [] : [opened(row, schema, health)]
      })
    },
    /**
     * Stores a person's address. A different address is a new destination with a new id, so that the failures of the old one do not count
     * against it. Returns a confirmation code for each place that needs one.
     */
    put: ({ userId, epoch, channel, places, schema, trusted }: NewDestination): Promise<PlaceCode[]> =>
      db.transaction().execute(async (trx) => {
        const now = clock()
        await lockUser(dialect, trx, { userId, epoch }, now)
        const before = await find(trx, userId, channel)
        const rows = places.map(({ body, addressHash, label }, i) => {
          const same = before.find(({ address_hash }) => address_hash === addressHash)
          return {
            id: same?.id ?? newId('dst', now),
            user_id: userId,
            channel,
            n: label === null ? 0 : i + 1,
            body,
            label,
            address_hash: addressHash,
            named_by: trusted || (same !== undefined && isUnchanged(same, schema, body)) ? ('application' as const) : ('person' as const),
            confirmed_at: same?.confirmed_at ?? (trusted ? now : null),
            gone_at: null,
            gone_reason: null,
            gone_trouble: null,
            created_at: same?.created_at ?? now,
            updated_at: now,
          }
        })
        await trx.deleteFrom('destinations').where('user_id', '=', userId).where('channel', '=', channel).execute()
        await forgetHealth(trx, before)
        for (const row of rows) {
          const body = JSON.stringify(secrets.seal(schema, row.body, placeOf(row.id)))
          await trx
            .insertInto('destinations')
            .values({ ...row, body })
            .execute()
        }
        // Where the same places wait as before, the codes that they were sent stay good.
        const sameAddresses = unconfirmed(before) === unconfirmed(rows)
        const codes: PlaceCode[] = []
        for (const { id: place, confirmed_at } of rows) {
          if (confirmed_at !== null) continue
          const text = await issueCode(trx, { purpose: 'destination', userId, ref: place }, now, CODE_MINUTES * MINUTE, sameAddresses)
          codes.push({ place, text, minutes: CODE_MINUTES })
        }
        return codes
      }),
    remove: (writer: Writer, channel: string): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const { userId } = writer
        await lockKnownUser(dialect, trx, writer)
        const before = await find(trx, userId, channel)
        await forgetHealth(trx, before)
        await trx.deleteFrom('destinations').where('user_id', '=', userId).where('channel', '=', channel).execute()
        return before.length > 0
      }),
    /** Whether the code was right. From then on the one place that it was sent to gets everything. */
    confirm: (writer: Writer, channel: string, code: string): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const { userId } = writer
        await lockKnownUser(dialect, trx, writer)
        const refs = (await find(trx, userId, channel)).map(({ id }) => id)
        const now = clock()
        const place = await useCode(dialect, trx, { purpose: 'destination', userId, refs }, code, now)
        if (place === null) return false
        await trx.updateTable('destinations').where('id', '=', place).where('confirmed_at', 'is', null).set({ confirmed_at: now, updated_at: now }).execute()
        return true
      }),
  }
}

export type DestinationStore = ReturnType<typeof createDestinationStore>
