// Rows as the contract shows them: camelCase, ISO 8601, null for "not yet".
import type { Attempt, Connection, Decision, Delivery, DeliverySummary, Event, Health, Recipient, Topic, User } from '@carillon/client'
import { closedUntil, healthy, stateOf } from '../../connections/health.ts'
import type { TargetHealth } from '../../domain/connection.ts'
import type { DeliveryState } from '../../domain/delivery.ts'
import type { Audience } from '../../domain/event.ts'
import type { RecordedDecision, StoredEvent } from '../../domain/stored.ts'
import { type Millis, toIso } from '../../domain/time.ts'
import type { ShownConnection } from '../../services/connections/shown.ts'
import type { DeliveryRow } from '../../storage/operations/deliveries-admin.ts'
import type { TopicRow } from '../../storage/people/topics.ts'
import type { AttemptsTable, UsersTable } from '../../storage/schema.ts'

export const moment = (at: Millis | null): string | null => (at === null ? null : toIso(at))

function recipient(audience: Audience): Recipient {
  switch (audience.kind) {
    case 'user':
      return audience.profile === undefined ? audience.id : { user: audience.id, ...audience.profile }
    case 'topic':
      return { topic: audience.key }
    case 'address': {
      const { kind: _, ...address } = audience
      return address
    }
    case 'all':
      return { all: true }
  }
}

export const presentEvent = ({ sensitive: _, ...event }: StoredEvent): Event => ({
  ...event,
  to: event.to.map(recipient),
  sendAt: moment(event.sendAt),
  expiresAt: moment(event.expiresAt),
  acceptedAt: toIso(event.acceptedAt),
})

export function presentDecision({ recipient: who, at, channel, decision, reason, detail }: RecordedDecision): Decision {
  const common = { channel, decision, reason, detail: detail ?? null, at: toIso(at) }
  if (who.startsWith('adr_')) return { user: null, address: who, ...common }
  if (who.startsWith('con_')) return { user: null, connection: who, ...common }
  return { user: who, ...common }
}

/** A queued delivery whose connection or destination is closed reads as held: no row is rewritten for it. */
export function presentDelivery(row: DeliveryRow): DeliverySummary {
  const closed = row.state === 'queued' ? row.closed : null
  return {
    id: row.id,
    eventId: row.event_id,
    notificationId: row.notification_id,
    recipient: row.recipient,
    channel: row.channel,
    connection: row.connection_id,
    state: closed ? 'held' : (row.state as DeliveryState),
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

export const presentWithAttempts = ({ row, attempts }: { row: DeliveryRow; attempts: AttemptsTable[] }): Delivery => ({
  ...presentDelivery(row),
  history: attempts.map(presentAttempt),
})

const presentAttempt = ({ delivery_id: _, connection_id, at, retry_at, ...attempt }: AttemptsTable): Attempt => ({
  ...attempt,
  connection: connection_id,
  at: toIso(at),
  retryAt: moment(retry_at),
})

export const presentUser = (row: UsersTable): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  locale: row.locale,
  timezone: row.timezone,
  data: JSON.parse(row.data),
  active: row.active === 1,
  createdAt: toIso(row.created_at),
  updatedAt: toIso(row.updated_at),
})

export const presentTopic = ({ key, name, subscribers, created_at, updated_at }: TopicRow): Topic => ({
  key,
  name,
  subscribers,
  createdAt: toIso(created_at),
  updatedAt: toIso(updated_at),
})

export function presentHealth(health: TargetHealth, now: Millis): Health {
  const state = stateOf(health, now)
  return {
    state,
    since: state === 'healthy' ? null : moment(health.initialFailureAt),
    level: health.level,
    until: moment(closedUntil(health, now)),
    failures: health.failures,
    lastFailureAt: moment(health.mostRecentFailureAt),
    lastError: health.lastError,
  }
}

export const presentConnection = (connection: ShownConnection, now: Millis): Connection => ({
  ...connection,
  health: presentHealth(connection.health ?? healthy(connection.id), now),
  createdAt: toIso(connection.createdAt),
  updatedAt: toIso(connection.updatedAt),
})
