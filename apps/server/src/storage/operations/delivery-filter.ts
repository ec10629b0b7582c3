import { type RawBuilder, sql } from 'kysely'
import { isAddressId } from '../../domain/address-id.ts'
import type { DeliveryState } from '../../domain/delivery.ts'
import { isId } from '../../domain/id.ts'
import type { Period } from '../../domain/page.ts'
import type { Millis } from '../../domain/time.ts'
import { stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { eventNumber } from './delivery-rows.ts'
import { madeIn } from './made-in.ts'

/** Absent members ask for all; the period is that of planning. */
export interface DeliveryFilter extends Period {
  status?: DeliveryState
  event?: string
  user?: string
  /** User id, `adr_…` or `con_…`. */
  recipient?: string
  channel?: string
  connection?: string
}

/** The user whose deliveries are asked for: they are found through the notifications of the user. Null: the deliveries of all, or of no user. */
export const userIn = ({ user, recipient }: DeliveryFilter): string | null => [user, recipient].find((who) => who !== undefined && !isOther(who)) ?? null

/** A bare address or a shared connection: no notification refers to it. */
const isOther = (recipient: string): boolean => isAddressId(recipient) || isId('con', recipient)

/** The conditions of a filter, apart from the state and the user that `userIn` names. */
export function conditionsOf(
  dialect: Pick<Dialect, 'bytesOf'>,
  { status: _status, event, user, recipient, channel, connection, ...period }: DeliveryFilter,
): RawBuilder<boolean>[] {
  const recipients = [user, recipient].flatMap((who) => who ?? [])
  const throughNotifications = recipients.find((who) => !isOther(who))
  return [
    ...(event === undefined ? [] : [sql<boolean>`deliveries.event = ${eventNumber(dialect, event)}`]),
    ...recipients.flatMap((who) => (who === throughNotifications ? [] : [sql<boolean>`deliveries.recipient = ${who}`])),
    // With it the index of those without a notification is used.
    ...(recipients.some(isOther) ? [sql<boolean>`deliveries.notification is null`] : []),
    ...(channel === undefined ? [] : [sql<boolean>`deliveries.channel = ${channel}`]),
    ...(connection === undefined ? [] : [sql<boolean>`deliveries.connection_id = ${connection}`]),
    ...madeIn('dlv', { id: sql.ref('deliveries.id'), at: sql.ref('deliveries.created_at'), stored: (id) => dialect.bytesOf('dlv', id) }, period),
  ]
}

/** Whether a delivery is shown in a state: a queued one whose target is closed is shown as held (`present.ts`). */
export function shownAs(status: DeliveryState, now: Millis): RawBuilder<boolean> {
  const [queued, held] = [sql`deliveries.state = ${stateLit('queued')}`, sql`deliveries.state = ${stateLit('held')}`]
  if (status !== 'queued' && status !== 'held') return sql<boolean>`deliveries.state = ${stateLit(status)}`
  const closed = sql`select target from target_health where blocked_until > ${now} or paused_until > ${now}`
  const waits = sql`(deliveries.connection_id in (${closed}) or deliveries.destination_id in (${closed}))`
  return status === 'held' ? sql<boolean>`(${held} or (${queued} and ${waits}))` : sql<boolean>`(${queued} and coalesce(not ${waits}, true))`
}
