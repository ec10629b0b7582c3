import type { Insertable } from 'kysely'
import type { DeliveryState } from '../../domain/delivery.ts'
import { type IdPrefix, newId } from '../../domain/id.ts'
import { codeOf, stateOf } from '../delivery-states.ts'
import type { Columns, Dialect } from '../dialects/dialect.ts'
import { inTransaction } from '../in-transaction.ts'
import type { DeliveriesTable, EventsTable, NotificationsTable, Tables, Trx } from '../schema.ts'

// Whole rows for tests: each has a public id, names of states, and a default for what the test does not say. Without a `trx` each call is a
// transaction of its own.

/** A public id that a test can read; such ids sort like their labels. A label has at most 16 letters of ASCII. */
export function idOf(prefix: IdPrefix, label: string): string {
  const hex = Buffer.from(label, 'ascii').toString('hex')
  if (hex.length > 32) throw new RangeError(`The label ${label} is longer than the 16 bytes of an id`)
  return `${prefix}_${hex.padEnd(32, '0')}`
}

/** The label of such an id. */
export const labelOf = (id: string): string => Buffer.from(id.slice(4).replace(/(00)+$/, ''), 'hex').toString('ascii')

export interface GivenEvent extends Partial<Omit<Insertable<EventsTable>, 'id'>> {
  id?: string
}

export interface GivenNotification extends Partial<Omit<Insertable<NotificationsTable>, 'id' | 'event'>> {
  id?: string
  /** The public id of its event; an event that is not there is made. */
  event?: string
}

export interface GivenDelivery extends Partial<Omit<Insertable<DeliveriesTable>, 'id' | 'event' | 'notification' | 'state' | 'address_hash'>> {
  id?: string
  /** The public id of its event; an event that is not there is made. */
  event?: string
  /** The public id of a notification that is there. */
  notification?: string | null
  state?: DeliveryState
  /** 32 hex digits or a public id; each delivery has its own if none is given. */
  address_hash?: string
}

export const insertEvent = async (dialect: Dialect, given: GivenEvent = {}, trx?: Trx): Promise<string> => (await insertEvents(dialect, [given], trx))[0]!

export const insertNotification = async (dialect: Dialect, given: GivenNotification = {}, trx?: Trx): Promise<string> =>
  (await insertNotifications(dialect, [given], trx))[0]!

export const insertDelivery = async (dialect: Dialect, given: GivenDelivery = {}, trx?: Trx): Promise<string> =>
  (await insertDeliveries(dialect, [given], trx))[0]!

/** As many as wanted in few statements; the public ids in the order of `given`. */
export const insertEvents = (dialect: Dialect, given: readonly GivenEvent[], trx?: Trx): Promise<string[]> =>
  within(dialect, trx, async (own) => {
    const numbers = await dialect.numbers(own, given.length)
    const rows = given.map((one, i) => ({ ...EVENT, n: numbers[i]!, id: newId('evt'), ...one }))
    return write(dialect, own, 'events', EVENT_COLUMNS, rows)
  })

export const insertNotifications = (dialect: Dialect, given: readonly GivenNotification[], trx?: Trx): Promise<string[]> =>
  within(dialect, trx, async (own) => {
    const events = await eventNumbers(dialect, own, given)
    const numbers = await dialect.numbers(own, given.length)
    const rows = given.map((one, i) => ({ ...NOTIFICATION, n: numbers[i]!, id: newId('ntf'), changed: one.n ?? numbers[i]!, ...one, event: events[i]! }))
    return write(dialect, own, 'notifications', NOTIFICATION_COLUMNS, rows)
  })

export const insertDeliveries = (dialect: Dialect, given: readonly GivenDelivery[], trx?: Trx): Promise<string[]> =>
  within(dialect, trx, async (own) => {
    const events = await eventNumbers(dialect, own, given)
    const named = given.flatMap(({ notification }) => notification ?? [])
    const notifications = await numbersOf(dialect, own, 'notifications', 'ntf', named)
    const rows = given.map(({ state = 'queued', ...one }, i) => {
      const id = one.id ?? newId('dlv')
      const notification = one.notification == null ? null : numberIn(notifications, one.notification)
      return { ...DELIVERY, address_hash: id, ...one, id, state: codeOf(state), event: events[i]!, notification }
    })
    return write(dialect, own, 'deliveries', DELIVERY_COLUMNS, rows)
  })

/** Every delivery as a test reads it, in the order of their ids. */
export async function deliveryRows(dialect: Dialect) {
  const id = dialect.publicId('dlv', 'deliveries.id').as('public')
  const rows = await dialect.db.selectFrom('deliveries').selectAll().select(id).orderBy('deliveries.id').execute()
  return rows.map(({ public: own, state, ...row }) => ({ ...row, id: own, state: stateOf(state) }))
}

/** A process that has deliveries in hand; its number is `owner` of these. */
export const insertNode = async (dialect: Dialect, owner: string, leasedUntil: number): Promise<number> =>
  (await dialect.db.insertInto('nodes').values({ owner, leased_until: leasedUntil }).returning('n').executeTakeFirstOrThrow()).n

const within = <T>(dialect: Dialect, trx: Trx | undefined, run: (trx: Trx) => Promise<T>): Promise<T> =>
  trx === undefined ? inTransaction(dialect, run) : run(trx)

async function write(dialect: Dialect, trx: Trx, table: keyof Tables, columns: Columns, rows: readonly { id: string }[]): Promise<string[]> {
  if (rows.length > 0 && (await dialect.insert(trx, [{ table, columns, rows }])) !== rows.length) throw new Error(`A row of ${table} is there already`)
  return rows.map(({ id }) => id)
}

/** The numbers of the events of `given`, in its order. */
async function eventNumbers(dialect: Dialect, trx: Trx, given: readonly { event?: string }[]): Promise<number[]> {
  const ids = given.map(({ event }) => event ?? newId('evt'))
  const there = await numbersOf(dialect, trx, 'events', 'evt', ids)
  const missing = [...new Set(ids.filter((id) => !there.has(id)))]
  await insertEvents(
    dialect,
    missing.map((id) => ({ id })),
    trx,
  )
  const all = new Map([...there, ...(await numbersOf(dialect, trx, 'events', 'evt', missing))])
  return ids.map((id) => numberIn(all, id))
}

async function numbersOf(
  dialect: Dialect,
  trx: Trx,
  table: 'events' | 'notifications',
  prefix: IdPrefix,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const id = dialect.publicId(prefix, `${table}.id`).as('public')
  const rows = await trx.selectFrom(table).select('n').select(id).where('id', 'in', dialect.amongIds(prefix, ids)).execute()
  return new Map(rows.map((row) => [row.public, row.n]))
}

function numberIn(numbers: ReadonlyMap<string, number>, id: string): number {
  const n = numbers.get(id)
  if (n === undefined) throw new Error(`There is no row ${id}`)
  return n
}

const EVENT = {
  ...{ type: 'build.failed', audience: '[]', data: '{}', sensitive: null, actor: null, channels: null, dedup_key: null, tags: '[]', severity: 'info' },
  ...{ priority: 1, url: null, send_at: null, expires_at: null, accepted_at: 0, hops: null, place: null, reporter: null, state: 'planned', cursor: null },
  planned_at: null,
}
const EVENT_COLUMNS: Record<keyof EventsTable, Columns[string]> = {
  ...{ n: 'integer', id: 'id', type: 'text', audience: 'text', data: 'text', sensitive: 'text', actor: 'text', channels: 'text', dedup_key: 'text' },
  ...{ tags: 'text', severity: 'text', priority: 'integer', url: 'text', send_at: 'integer', expires_at: 'integer', accepted_at: 'integer' },
  ...{ hops: 'integer', place: 'text', reporter: 'text', state: 'text', cursor: 'text', planned_at: 'integer' },
}

const NOTIFICATION = {
  ...{ user_id: 'ada', type: 'build.failed', category: 'builds', severity: 'info', priority: 1, created_at: 0, expires_at: null, visible: 1 },
  ...{ seen_at: null, read_at: null, archived_at: null, snoozed_until: null, acted_at: null, deleted_at: null, changed_at: 0, decision_set: 1 },
}
const NOTIFICATION_COLUMNS: Record<keyof NotificationsTable, Columns[string]> = {
  ...{ n: 'integer', id: 'id', event: 'integer', user_id: 'text', type: 'text', category: 'text', severity: 'text', priority: 'integer' },
  ...{ created_at: 'integer', expires_at: 'integer', visible: 'integer', seen_at: 'integer', read_at: 'integer', archived_at: 'integer' },
  ...{ snoozed_until: 'integer', acted_at: 'integer', deleted_at: 'integer', changed: 'integer', changed_at: 'integer', decision_set: 'integer' },
}

const DELIVERY = {
  ...{ recipient: 'ada', channel: 'email', destination_id: 'dst_1', connection_id: 'con_1', due_at: 0, held_until: null, held_for: null, merged_into: null },
  ...{ priority: 1, attempts: 0, attempts_before: 0, crashes: 0, owner: null, lease: 0, expires_at: null, created_at: 0, finished_at: null, tried_at: null },
  ...{ cancelled_at: null, tried_ms: null, error_code: null, error: null, external_id: null, settled: null },
}
const DELIVERY_COLUMNS: Record<keyof DeliveriesTable, Columns[string]> = {
  ...{ id: 'id', event: 'integer', notification: 'integer', recipient: 'text', channel: 'text', destination_id: 'text', address_hash: 'id' },
  ...{ connection_id: 'text', state: 'integer', due_at: 'integer', held_until: 'integer', held_for: 'text', merged_into: 'text', priority: 'integer' },
  ...{ attempts: 'integer', attempts_before: 'integer', crashes: 'integer', owner: 'integer', lease: 'integer', expires_at: 'integer', created_at: 'integer' },
  ...{ finished_at: 'integer', cancelled_at: 'integer', tried_at: 'integer', tried_ms: 'integer', error_code: 'text', error: 'text', external_id: 'text' },
  settled: 'text',
}
