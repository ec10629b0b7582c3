import type { By } from '../../domain/by.ts'
import type { Connection, NewConnection, StoredConnection, TargetHealth } from '../../domain/connection.ts'
import { newId } from '../../domain/id.ts'
import type { JsonObject } from '../../domain/json.ts'
import { paged, type Rows, type Slice } from '../../domain/page.ts'
import type { SecretFields } from '../../domain/secret-fields.ts'
import type { Clock } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import { secretPlace } from '../../security/secrets.ts'
import { audit } from '../audit.ts'
import { configChanged } from '../config-changes.ts'
import { codeOf, stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { ConnectionsTable, Trx } from '../schema.ts'
import { toHealth } from './health-store.ts'

/** The forms of a provider; a stored destination is always that of a shared connection. */
export interface ConnectionSchemas {
  settings: object
  destination: object
  sharedDestination?: object
}

/** The consequences of a change of a provider's connections, in its transaction. */
export type OnConnectionChange = (trx: Trx, provider: string) => Promise<void>

/** `schemasOf` returns null for a provider that this version does not have: its secrets then stay sealed. */
export function createConnectionStore(
  dialect: Dialect,
  secrets: SecretFields,
  schemasOf: (provider: string) => ConnectionSchemas | null,
  clock: Clock,
  onChange: OnConnectionChange = async () => {},
) {
  const { db } = dialect

  function toRow(id: string, given: NewConnection, createdAt: number): ConnectionsTable {
    const schemas = schemasOf(given.provider)
    if (schemas === null) throw new CarillonError('unknown_provider')
    const { settings, destination } = given
    return {
      id,
      name: given.name,
      name_key: nameKey(given.name),
      provider: given.provider,
      channel: given.channel,
      settings: JSON.stringify(secrets.seal(schemas.settings, settings, secretPlace('connections', 'settings', id))),
      destination:
        destination === null
          ? null
          : JSON.stringify(secrets.seal(schemas.sharedDestination ?? schemas.destination, destination, secretPlace('connections', 'destination', id))),
      personal: given.personal ? 1 : 0,
      events: JSON.stringify(given.events),
      tags: JSON.stringify(given.tags),
      min_severity: given.minSeverity,
      priority: given.priority,
      enabled: given.enabled ? 1 : 0,
      limits: given.limits && JSON.stringify(given.limits),
      created_at: createdAt,
      updated_at: clock(),
    }
  }

  function opened(row: ConnectionsTable, health: TargetHealth | null): StoredConnection {
    const schemas = schemasOf(row.provider)
    const open = (schema: object | undefined, text: string, column: string): JsonObject =>
      schema === undefined ? {} : secrets.open(schema, JSON.parse(text), secretPlace('connections', column, row.id))
    return {
      id: row.id,
      name: row.name,
      provider: row.provider,
      channel: row.channel,
      settings: open(schemas?.settings, row.settings, 'settings'),
      destination: row.destination === null ? null : open(schemas?.sharedDestination ?? schemas?.destination, row.destination, 'destination'),
      personal: row.personal === 1,
      events: JSON.parse(row.events),
      tags: JSON.parse(row.tags),
      minSeverity: row.min_severity as Connection['minSeverity'],
      priority: row.priority,
      enabled: row.enabled === 1,
      limits: row.limits === null ? null : JSON.parse(row.limits),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      health,
    }
  }

  async function withHealth(rows: ConnectionsTable[]): Promise<StoredConnection[]> {
    const ids = rows.map(({ id }) => id)
    const health = await db.selectFrom('target_health').selectAll().where('target', 'in', dialect.among(ids)).execute()
    const byTarget = new Map(health.map((row) => [row.target, toHealth(row)]))
    return rows.map((row) => opened(row, byTarget.get(row.id) ?? null))
  }

  async function refuseTaken(name: string, id: string | null, inside: Pick<Trx, 'selectFrom'> = db): Promise<void> {
    const sameName = await inside
      .selectFrom('connections')
      .select('id')
      .where('name_key', '=', nameKey(name))
      .where('id', '<>', id ?? '')
      .executeTakeFirst()
    if (sameName !== undefined) throw nameTaken()
  }

  async function changed(trx: Trx, action: string, { id, name, provider }: { id: string; name: string; provider: string }, by: By): Promise<void> {
    await audit(trx, { ...by, action, target: id, detail: { name, provider }, at: clock() })
    await onChange(trx, provider)
    await configChanged(dialect, trx, 'connections')
  }

  return {
    async get(id: string): Promise<StoredConnection | null> {
      const rows = await db.selectFrom('connections').selectAll().where('id', '=', id).execute()
      return (await withHealth(rows))[0] ?? null
    },
    async list({ limit, after }: Slice): Promise<Rows<StoredConnection>> {
      const rows = await db
        .selectFrom('connections')
        .selectAll()
        .where('id', '>', after ?? '')
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return paged(await withHealth(rows), limit, ({ id }) => id)
    },
    /** Every connection, for the running hub. */
    async all(): Promise<Connection[]> {
      return (await db.selectFrom('connections').selectAll().orderBy('id').execute()).map((row) => opened(row, null))
    },
    /** Throws `name_taken` when a connection other than `id` has this name. */
    refuseTaken: (name: string, id: string | null): Promise<void> => refuseTaken(name, id),
    /** Returns its id; throws `name_taken`. */
    create: (given: NewConnection, by: By): Promise<string> =>
      db.transaction().execute(async (trx) => {
        const now = clock()
        const row = toRow(newId('con', now), given, now)
        // Two callers may request one name at the same moment.
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto('connections')
          .values(row)
          .onConflict((conflict) => conflict.column('name_key').doNothing())
          .executeTakeFirstOrThrow()
        if (numInsertedOrUpdatedRows === 0n) throw nameTaken()
        await changed(trx, 'connection.created', row, by)
        return row.id
      }),
    /** Replaces the version that was read. Returns false, and changes nothing, when it was changed or removed meanwhile; throws `name_taken`. */
    async put({ id, updatedAt }: Pick<Connection, 'id' | 'updatedAt'>, given: NewConnection, by: By): Promise<boolean> {
      try {
        return await db.transaction().execute(async (trx) => {
          await refuseTaken(given.name, id, trx)
          // Later than the version that was read, even within one millisecond: no two versions of a connection have the same time.
          const { id: _id, created_at: _createdAt, ...row } = { ...toRow(id, given, 0), updated_at: Math.max(clock(), updatedAt + 1) }
          const { numUpdatedRows } = await trx
            .updateTable('connections')
            .set(row)
            .where('id', '=', id)
            .where('updated_at', '=', updatedAt)
            .executeTakeFirstOrThrow()
          if (numUpdatedRows === 0n) return false
          await changed(trx, 'connection.updated', { id, ...row }, by)
          return true
        })
      } catch (error) {
        // Another caller may have taken the name at the same moment: then `name_taken` is the error.
        await refuseTaken(given.name, id)
        throw error
      }
    },
    /** Deliveries that wait for it find another connection of its channel (personal) or are cancelled (shared: it was the destination). */
    remove: (id: string, by: By): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const now = clock()
        const row = await trx.deleteFrom('connections').where('id', '=', id).returning(['id', 'name', 'provider', 'personal']).executeTakeFirst()
        if (row === undefined) return false
        const waiting = trx.updateTable('deliveries').where('connection_id', '=', id).where('state', '=', stateLit('queued'))
        await waiting
          .where('recipient', '=', id)
          .set({ state: codeOf('cancelled'), finished_at: now, error_code: 'connection_removed', error: 'The connection was removed' })
          .execute()
        await waiting
          .where('recipient', '<>', id)
          .set({ state: codeOf('held'), held_until: null, held_for: 'no_connection', connection_id: null })
          .execute()
        await trx.deleteFrom('target_health').where('target', '=', id).execute()
        await changed(trx, 'connection.deleted', row, by)
        return true
      }),
    /** Resets its failures: deliveries are claimed for it again at once. */
    reset: (id: string, by: By): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const row = await trx.selectFrom('connections').select(['id', 'name', 'provider']).where('id', '=', id).executeTakeFirst()
        if (row === undefined) return false
        await trx.deleteFrom('target_health').where('target', '=', id).execute()
        await changed(trx, 'connection.reset', row, by)
        return true
      }),
  }
}

export type ConnectionStore = ReturnType<typeof createConnectionStore>

const nameTaken = () => new CarillonError('name_taken', { errors: [{ pointer: '/name', message: 'is already in use' }] })
const nameKey = (name: string): string => name.normalize('NFKC').trim().toLowerCase()
