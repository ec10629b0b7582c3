import { BOUNDS } from '../../domain/bounds.ts'
import type { Writer } from '../../domain/caller.ts'
import { newId } from '../../domain/id.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { SecretFields } from '../../domain/secret-fields.ts'
import { type Clock, DAY } from '../../domain/time.ts'
import { secretPlace } from '../../security/secrets.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { DevicesTable } from '../schema.ts'
import { lockUser } from './lock-user.ts'

/** How long a device that is gone is still shown to its owner, in milliseconds. */
const SHOWN = 30 * DAY

/** A row without its body: it contains no secret. */
export type StoredDevice = Omit<DevicesTable, 'body' | 'address_hash'>

export interface NewDevice
  extends Pick<DevicesTable, 'user_id' | 'channel' | 'provider' | 'platform' | 'app' | 'environment' | 'locale' | 'name' | 'vapid_key' | 'named_by'> {
  /** The provider's destination in clear, checked against `schema`. */
  body: JsonObject
  schema: object
  addressHash: string
  epoch: Writer['epoch']
}

const SHOWN_COLUMNS = [
  'id',
  'user_id',
  'channel',
  'provider',
  'platform',
  'app',
  'environment',
  'locale',
  'name',
  'vapid_key',
  'named_by',
  'created_at',
  'last_seen_at',
  'gone_at',
  'gone_reason',
] as const

export function createDeviceStore(dialect: Dialect, secrets: Pick<SecretFields, 'seal'>, clock: Clock) {
  const { db } = dialect
  return {
    list: (userId: string): Promise<StoredDevice[]> => db.selectFrom('devices').select(SHOWN_COLUMNS).where('user_id', '=', userId).orderBy('id').execute(),

    /**
     * Stores a device by its token. The same person's device keeps its id; another person's is taken over with a new id, so that deliveries
     * still queued for the earlier owner do not reach it. Null when the person has `BOUNDS.devices` others.
     */
    put: ({ addressHash, body, schema, epoch, ...given }: NewDevice): Promise<StoredDevice | null> =>
      db.transaction().execute(async (trx) => {
        const now = clock()
        // Two concurrent registrations of one person are counted one after the other.
        await lockUser(dialect, trx, { userId: given.user_id, epoch }, now)
        const old = await trx.selectFrom('devices').select(['id', 'user_id', 'created_at']).where('address_hash', '=', addressHash).executeTakeFirst()
        const known = old?.user_id === given.user_id ? old : undefined
        const own = trx.selectFrom('devices').where('user_id', '=', given.user_id).where('gone_at', 'is', null)
        const others = known === undefined ? own : own.where('id', '<>', known.id)
        const { count } = await others.select((row) => row.fn.countAll().as('count')).executeTakeFirstOrThrow()
        if (Number(count) >= BOUNDS.devices) return null
        await trx
          .deleteFrom('devices')
          .where('user_id', '=', given.user_id)
          .where('gone_at', '<', now - SHOWN)
          .execute()

        const shown: StoredDevice = {
          ...given,
          id: known?.id ?? newId('dev', now),
          created_at: known?.created_at ?? now,
          last_seen_at: now,
          gone_at: null,
          gone_reason: null,
        }
        const row: DevicesTable = {
          ...shown,
          address_hash: addressHash,
          body: JSON.stringify(secrets.seal(schema, body, secretPlace('devices', 'body', shown.id))),
        }
        await trx
          .insertInto('devices')
          .values(row)
          .onConflict((conflict) => conflict.column('address_hash').doUpdateSet(row))
          .execute()
        // Failures before it was registered again do not count against it.
        await trx
          .deleteFrom('target_health')
          .where('target', '=', old?.id ?? shown.id)
          .execute()
        return shown
      }),

    async remove(userId: string, id: string): Promise<boolean> {
      const { numDeletedRows } = await db.deleteFrom('devices').where('user_id', '=', userId).where('id', '=', id).executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
  }
}

export type DeviceStore = ReturnType<typeof createDeviceStore>
