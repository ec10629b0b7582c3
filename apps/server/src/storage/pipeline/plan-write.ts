import { PRIORITIES } from '../../domain/event-type.ts'
import type { Millis } from '../../domain/time.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { codeOf } from '../delivery-states.ts'
import type { Columns, Insert } from '../dialects/dialect.ts'

/** What a plan leaves open until it is written. */
export interface WriteParts {
  now: Millis
  /** Ascending numbers, one for each notification. */
  numbers: readonly number[]
  /** The number of an event. */
  eventNumber(eventId: string): number
  /** The id of an interned set of decisions. */
  setId(body: string): number
  /** The number of this process, where deliveries may be leased from the beginning: it has these. */
  node: number | null
}

/** The rows of plans, and the users whose inbox changes. */
export function planRows(plans: readonly Plan[], { now, numbers, eventNumber, setId, node }: WriteParts): { inserts: Insert[]; toNotify: string[] } {
  const notifications: object[] = []
  const deliveries: object[] = []
  const decisions: object[] = []
  const toNotify: string[] = []
  for (const { event, entry, ...plan } of plans) {
    const priority = PRIORITIES.indexOf(event.priority)
    const numberOfEvent = eventNumber(event.id)
    const numberOf = new Map<string, number>()
    for (const { id, userId, decisions: set, visible } of plan.notifications) {
      if (visible) toNotify.push(userId)
      const n = numbers[notifications.length]!
      numberOf.set(id, n)
      notifications.push({
        id,
        n,
        event: numberOfEvent,
        user_id: userId,
        type: event.type,
        category: entry.eventType.category,
        severity: event.severity,
        priority,
        created_at: now,
        expires_at: event.expiresAt,
        visible: visible ? 1 : 0,
        changed: n,
        decision_set: setId(set),
      })
    }
    for (const delivery of plan.deliveries) {
      const isLeased = delivery.state === 'sending'
      deliveries.push({
        id: delivery.id,
        event: numberOfEvent,
        notification: delivery.notificationId === null ? null : numberOf.get(delivery.notificationId),
        recipient: delivery.recipient,
        channel: delivery.channel,
        destination_id: delivery.destinationId,
        address_hash: delivery.addressHash,
        connection_id: delivery.state === 'held' ? null : delivery.connectionId,
        state: codeOf(delivery.state),
        due_at: now,
        held_for: delivery.state === 'held' ? delivery.heldFor : null,
        held_until: delivery.state === 'held' ? delivery.heldUntil : null,
        priority,
        lease: isLeased ? 1 : 0,
        attempts: isLeased ? 1 : 0,
        crashes: 0,
        owner: isLeased ? node : null,
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
  id: 'id',
  n: 'integer',
  event: 'integer',
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
  id: 'id',
  event: 'integer',
  notification: 'integer',
  recipient: 'text',
  channel: 'text',
  destination_id: 'text',
  address_hash: 'id',
  connection_id: 'text',
  state: 'integer',
  due_at: 'integer',
  held_for: 'text',
  held_until: 'integer',
  priority: 'integer',
  lease: 'integer',
  attempts: 'integer',
  crashes: 'integer',
  owner: 'integer',
  expires_at: 'integer',
  created_at: 'integer',
}
export const DECISION_COLUMNS: Columns = {
  event_id: 'id',
  recipient: 'text',
  channel: 'text',
  decision: 'text',
  reason: 'text',
  detail: 'text',
  at: 'integer',
}
