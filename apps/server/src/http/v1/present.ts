// Rows as the contract shows them: camelCase, ISO 8601, null for "not yet".
import type { Attempt, Connection, Decision, Delivery, DeliverySummary, Destination, Event, Health, Recipient, Topic, User } from '@carillon/client'
import { isAddressId } from '../../domain/address-id.ts'
import type { Audience } from '../../domain/event.ts'
import { shownAddress, shownUrl } from '../../domain/host.ts'
import type { StoredEvent } from '../../domain/stored.ts'
import { type Millis, toIso } from '../../domain/time.ts'
import type { FoldedDecision } from '../../domain/trace.ts'
import type { ShownConnection } from '../../services/connections/shown.ts'
import type { AttemptRow, DeliveryRow } from '../../services/deliveries.ts'
import type { ShownHealth } from '../../services/health.ts'
import type { ShownDestination } from '../../services/shown-destination.ts'
import type { TopicRow } from '../../services/topics.ts'
import type { UserRow } from '../../services/users.ts'

export const moment = (at: Millis | null): string | null => (at === null ? null : toIso(at))

function recipient(audience: Audience): Recipient {
  switch (audience.kind) {
    case 'user':
      return audience.profile === undefined ? audience.id : { user: audience.id, ...audience.profile, ...withEmail(audience.profile.email) }
    case 'topic':
      return { topic: audience.key }
    case 'address': {
      const { kind: _, ...address } = audience
      return { ...address, email: shownAddress(address.email) }
    }
    case 'all':
      return { all: true }
  }
}

const withEmail = (email: string | undefined): { email?: string } => (email === undefined ? {} : { email: shownAddress(email) })

export const presentEvent = ({ sensitive: _, hops: _hops, place: _place, reporter: _reporter, ...event }: StoredEvent): Event => ({
  ...event,
  to: event.to.map(recipient),
  url: event.url && shownUrl(event.url),
  sendAt: moment(event.sendAt),
  expiresAt: moment(event.expiresAt),
  acceptedAt: toIso(event.acceptedAt),
})

export function presentDecision({ recipient: who, at, channel, channels, decision, reason, detail }: FoldedDecision): Decision {
  const common = { channel, ...(channels && { channels }), decision, reason, detail: detail ?? null, at: toIso(at) }
  if (isAddressId(who)) return { user: null, address: who, ...common }
  if (who.startsWith('con_')) return { user: null, connection: who, ...common }
  return { user: who, ...common }
}

/** A queued delivery whose connection or destination is closed is shown as held: its row is not rewritten. */
export function presentDelivery(row: DeliveryRow): DeliverySummary {
  const closed = row.state === 'queued' ? row.closed : null
  return {
    id: row.id,
    eventId: row.event_id,
    notificationId: row.notification_id,
    recipient: row.recipient,
    channel: row.channel,
    connection: row.connection_id,
    state: closed ? 'held' : row.state,
    heldFor: closed?.by ?? row.held_for,
    heldUntil: moment(closed?.until ?? row.held_until),
    mergedInto: row.merged_into,
    dueAt: toIso(row.due_at),
    attempts: row.attempts,
    createdAt: toIso(row.created_at),
    finishedAt: moment(row.finished_at),
    expiresAt: moment(row.expires_at),
    errorCode: row.error_code,
    error: row.error,
    externalId: row.external_id,
  }
}

export const presentWithAttempts = ({ row, attempts }: { row: DeliveryRow; attempts: AttemptRow[] }): Delivery => ({
  ...presentDelivery(row),
  history: attempts.map(presentAttempt),
})

const presentAttempt = ({ connection_id, at, retry_at, ...attempt }: AttemptRow): Attempt => ({
  ...attempt,
  connection: connection_id,
  at: toIso(at),
  retryAt: moment(retry_at),
})

export const presentUser = (row: UserRow): User => ({
  id: row.id,
  email: row.email && shownAddress(row.email),
  name: row.name,
  locale: row.locale,
  timezone: row.timezone,
  data: JSON.parse(row.data),
  active: row.active === 1,
  createdAt: toIso(row.created_at),
  updatedAt: toIso(row.updated_at),
})

export const presentTopic = ({ key, name, open, subscribers, created_at, updated_at }: TopicRow): Topic => ({
  key,
  name,
  open: open === 1,
  subscribers,
  createdAt: toIso(created_at),
  updatedAt: toIso(updated_at),
})

const presentHealth = ({ state, since, level, until, failures, lastFailureAt, lastError }: ShownHealth): Health => ({
  state,
  since: moment(since),
  level,
  until: moment(until),
  failures,
  lastFailureAt: moment(lastFailureAt),
  lastError,
})

export const presentConnection = (connection: ShownConnection): Connection => ({
  ...connection,
  health: presentHealth(connection.health),
  createdAt: toIso(connection.createdAt),
  updatedAt: toIso(connection.updatedAt),
})

type State = Pick<ShownDestination, 'confirmedAt' | 'goneAt' | 'goneReason' | 'health'>
const presentState = ({ confirmedAt, goneAt, goneReason, health }: State) => ({
  confirmedAt: moment(confirmedAt),
  goneAt: moment(goneAt),
  goneReason,
  health: presentHealth(health),
})

export const presentDestination = ({ channel, body, places, updatedAt, ...state }: ShownDestination): Destination => ({
  channel,
  body,
  ...presentState(state),
  places: places.map(({ place, label, ...of }) => ({ place, label, ...presentState(of) })),
  updatedAt: toIso(updatedAt),
})
