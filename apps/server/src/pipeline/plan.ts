import type { CatalogueEntry } from '../catalogue/catalogue.ts'
import type { Connection } from '../domain/connection.ts'
import { type Decision, heldUntil } from '../domain/decision.ts'
import { type DecisionSet, fromSet } from '../domain/decision-set.ts'
import type { HeldFor } from '../domain/delivery.ts'
import type { Event } from '../domain/event.ts'
import type { Millis } from '../domain/time.ts'
import type { Channel, TimeRule } from '../routing/standing.ts'

/** The part of the hub that the rules ask about, as it is now. */
export interface RulesNow {
  channels: readonly Channel[]
  logOnly: boolean
  timeRules: readonly TimeRule[]
}

/** The hub as it is now: also the shared connections, and the connection on which a channel's deliveries are queued. */
export interface HubNow extends RulesNow {
  shared: readonly Connection[]
  /** `provider` narrows for a device. */
  connectionFor(channel: string, provider?: string): string
}

export interface PlannedNotification {
  id: string
  userId: string
  decisions: DecisionSet
  visible: boolean
}

/**
 * The place of a delivery in the queue: on a connection, or held. The connection of a held one is chosen when the hold ends. One that is `sending`
 * was leased by this process before it was written, and skips the queue.
 */
export type InQueue = { state: 'queued' | 'sending'; connectionId: string } | { state: 'held'; heldFor: HeldFor; heldUntil: Millis }

/** A delivery as fan-out writes it. */
export type PlannedDelivery = {
  id: string
  notificationId: string | null
  recipient: string
  channel: string
  destinationId: string
  addressHash: string
} & InQueue

/** A decision with a row of its own: the recipient has no notification, or the detail belongs to one person. */
export type PlannedDecision = Decision & { recipient: string }

/** All rows that one batch of recipients of one event adds. */
export interface Plan {
  event: Event
  entry: CatalogueEntry
  notifications: PlannedNotification[]
  deliveries: PlannedDelivery[]
  decisions: PlannedDecision[]
}

/** Every decision of a plan, by recipient, as the trace will show it. */
export function decisionsOf({ notifications, deliveries, decisions }: Plan): PlannedDecision[] {
  const holds = new Map(deliveries.flatMap((one) => (one.state === 'held' ? [[`${one.recipient} ${one.channel}`, one.heldUntil]] : [])))
  const ofUsers = notifications.flatMap(({ userId, decisions: set }) =>
    fromSet(set).map((decision): PlannedDecision => {
      const until = decision.decision === 'hold' ? holds.get(`${userId} ${decision.channel}`) : undefined
      return { recipient: userId, ...decision, ...(until !== undefined && { detail: heldUntil(until) }) }
    }),
  )
  return [...ofUsers, ...decisions]
}
