import { PRIORITIES } from '../../domain/event-type.ts'
import type { Millis } from '../../domain/time.ts'
import type { Plan } from '../../pipeline/plan.ts'
import type { Columns, Insert } from '../dialects/dialect.ts'

/** What a plan leaves open until it is written. */
export interface WriteParts {
  now: Millis
  /** Ascending numbers of `notifications.changed`, one for each notification. */
  changes: readonly number[]
  /** The id of an interned set of decisions. */
  setId(body: string): number
  /** Of deliveries that are leased from the beginning. */
  lease: { owner: string; until: Millis }
}

/** The rows of plans, and the users whose inbox changes. */
export function planRows(plans: readonly Plan[], { now, changes, setId, lease }: WriteParts): { inserts: Insert[]; toNotify: string[] } {
  const notifications: object[] = []
  const deliveries: object[] = []
  const decisions: object[] = []
  const toNotify: string[] = []
  for (const { event, entry, ...plan } of plans) {
    const priority = PRIORITIES.indexOf(event.priority)
    for (const { id, userId, decisions: set, visible } of plan.notifications) {
      if (visible) toNotify.push(userId)
      notifications.push({
        id,
        event_id: event.id,
        user_id: userId,
        type: event.type,
        category: entry.eventType.category,
        severity: event.severity,
        priority,
        created_at: now,
        expires_at: event.expiresAt,
        visible: visible ? 1 : 0,
        changed: changes[notifications.length],
        decision_set: setId(set),
      })
    }
    for (const delivery of plan.deliveries) {
      const isLeased = delivery.state === 'sending'
      deliveries.push({
        id: delivery.id,
        event_id: event.id,
        notification_id: delivery.notificationId,
        recipient: delivery.recipient,
        channel: delivery.channel,
        destination_id: delivery.destinationId,
        address_hash: delivery.addressHash,
        connection_id: delivery.state === 'held' ? null : delivery.connectionId,
        state: delivery.state,
        due_at: now,
        held_for: delivery.state === 'held' ? delivery.heldFor : null,
        held_until: delivery.state === 'held' ? delivery.heldUntil : null,
        priority,
        attempts: isLeased ? 1 : 0,
        crashes: 0,
        leased_until: isLeased ? lease.until : null,
        lease_owner: isLeased ? lease.owner : null,
        expires_at: event.expiresAt,
        created_at: now,
      })
    }
    for (const decision of plan.decisions)
      decisions.push({
        event_id: event.id,
        recipient: decision.recipient,
        channel: decision.channel ?? '',
        decision: decision.decision,
        reason: decision.reason,
        detail: decision.detail ?? '',
        at: now,
      })
  }
  const inserts: Insert[] = [
    { table: 'notifications', columns: NOTIFICATION_COLUMNS, rows: notifications },
    { table: 'deliveries', columns: DELIVERY_COLUMNS, rows: deliveries },
    { table: 'decisions', columns: DECISION_COLUMNS, rows: decisions },
  ]
  return { inserts, toNotify }
}

const NOTIFICATION_COLUMNS: Columns = {
  id: 'text',
  event_id: 'text',
  user_id: 'text',
  type: 'text',
  category: 'text',
  severity: 'text',
  priority: 'integer',
  created_at: 'integer',
  expires_at: 'integer',
  visible: 'integer',
  changed: 'integer',
  decision_set: 'integer',
}
const DELIVERY_COLUMNS: Columns = {
  id: 'text',
  event_id: 'text',
  notification_id: 'text',
  recipient: 'text',
  channel: 'text',
  destination_id: 'text',
  address_hash: 'text',
  connection_id: 'text',
  state: 'text',
  due_at: 'integer',
  held_for: 'text',
  held_until: 'integer',
  priority: 'integer',
  attempts: 'integer',
  crashes: 'integer',
  leased_until: 'integer',
  lease_owner: 'text',
  expires_at: 'integer',
  created_at: 'integer',
}
export const DECISION_COLUMNS: Columns = {
  event_id: 'text',
  recipient: 'text',
  channel: 'text',
  decision: 'text',
  reason: 'text',
  detail: 'text',
  at: 'integer',
}
