import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { DeliveryState } from '../../domain/delivery.ts'
import type { Millis } from '../../domain/time.ts'
import { type StateCode, stateOf } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Db, DeliveriesTable, Trx } from '../schema.ts'

const COLUMNS = [
  'recipient',
  'channel',
  'connection_id',
  'due_at',
  'held_until',
  'held_for',
  'merged_into',
  'attempts',
  'expires_at',
  'created_at',
  'finished_at',
  'tried_at',
  'tried_ms',
  'error_code',
  'error',
  'external_id',
] as const satisfies readonly (keyof DeliveriesTable)[]

type Own = Selectable<Pick<DeliveriesTable, (typeof COLUMNS)[number]>>
interface Ids {
  id: string
  event_id: string
  notification_id: string | null
}

/** A delivery with public ids, and the block or pause of its target; null = none. */
export type DeliveryRow = Own & Ids & { state: DeliveryState; closed: { by: 'connection_blocked' | 'destination_blocked'; until: Millis } | null }

type Closed = 'connection_blocked' | 'connection_paused' | 'destination_blocked' | 'destination_paused'
/** As `deliveryRows` gives it. */
export type Joined = Own & Ids & { state: StateCode } & Record<Closed, number | null>

/** The public id of the event of a row of `deliveries`. */
export const eventOf = ({ publicId }: Pick<Dialect, 'publicId'>): RawBuilder<string> =>
  sql<string>`(select ${publicId('evt', 'e.id')} from events e where e.n = deliveries.event)`

/** The public id of its notification, null where it has none: found by the unique index, because PostgreSQL has none of the numbers alone. */
export const notificationOf = ({ publicId }: Pick<Dialect, 'publicId'>): RawBuilder<string | null> =>
  sql<string | null>`(select ${publicId('ntf', 'x.id')} from notifications x
    where x.event = deliveries.event and x.user_id = deliveries.recipient and x.n = deliveries.notification)`

/** The public ids of event and notification are looked up for the rows of the page alone. */
export const deliveryRows = ({ publicId }: Pick<Dialect, 'publicId'>, from: Db | Trx) =>
  from
    .selectFrom('deliveries')
    .leftJoin('target_health as c', 'c.target', 'deliveries.connection_id')
    .leftJoin('target_health as d', 'd.target', 'deliveries.destination_id')
    .select([
      publicId('dlv', 'deliveries.id').as('id'),
      eventOf({ publicId }).as('event_id'),
      notificationOf({ publicId }).as('notification_id'),
      'deliveries.state',
      'c.blocked_until as connection_blocked',
      'c.paused_until as connection_paused',
      'd.blocked_until as destination_blocked',
      'd.paused_until as destination_paused',
    ])
    .select(COLUMNS.map((column) => `deliveries.${column}` as const))

export function toDeliveryRow(
  { connection_blocked, connection_paused, destination_blocked, destination_paused, state, ...row }: Joined,
  now: Millis,
): DeliveryRow {
  const connection = Math.max(connection_blocked ?? 0, connection_paused ?? 0)
  const destination = Math.max(destination_blocked ?? 0, destination_paused ?? 0)
  const until = Math.max(connection, destination)
  const closed = until > now ? { by: destination > connection ? ('destination_blocked' as const) : ('connection_blocked' as const), until } : null
  return { ...row, state: stateOf(state), closed }
}

/** `where event = ${eventNumber(dialect, id)}` */
export const eventNumber = ({ bytesOf }: Pick<Dialect, 'bytesOf'>, id: string): RawBuilder<number> =>
  sql<number>`(select n from events where id = ${bytesOf('evt', id)})`
