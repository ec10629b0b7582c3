import type { CatalogueEntry } from '../catalogue/catalogue.ts'
import type { Connection } from '../domain/connection.ts'
import type { Event } from '../domain/event.ts'
import { newId } from '../domain/id.ts'
import type { Millis } from '../domain/time.ts'
import { routeShared } from '../routing/shared.ts'
import type { Channel } from '../routing/standing.ts'
import type { Plan, PlannedDecision } from './plan.ts'

/** The decisions of the shared connections that subscribe to an event. They are made once per event, not once per person. */
export function decideShared(
  event: Event,
  entry: CatalogueEntry,
  connections: readonly Connection[],
  channels: readonly Channel[],
  now: Millis,
): PlannedDecision[] {
  return connections.flatMap((connection) => {
    const routed = routeShared(connection, event, entry.eventType, entry.sensitive)
    if (routed === null) return []
    const reason =
      event.expiresAt !== null && event.expiresAt <= now
        ? ('expired' as const)
        : channels.some(({ name, enabled }) => name === connection.channel && !enabled)
          ? ('channel_disabled' as const)
          : null
    return [{ recipient: connection.id, ...routed, ...(reason === null ? {} : { decision: 'skip' as const, reason }) }]
  })
}

/** One delivery for each that is not skipped. `duplicates`: connections that another event with the same dedup key has already notified. */
export function planShared(
  event: Event,
  decided: readonly PlannedDecision[],
  duplicates: ReadonlySet<string>,
  now: Millis,
): Pick<Plan, 'deliveries' | 'decisions'> {
  const decisions = decided.map((one) =>
    one.decision === 'deliver' && duplicates.has(one.recipient)
      ? { ...one, decision: 'skip' as const, reason: 'duplicate' as const, detail: event.dedupKey ?? '' }
      : one,
  )
  const deliveries = decisions.flatMap(({ recipient, channel, decision }) =>
    decision !== 'deliver' || channel === null
      ? []
      : [
          {
            id: newId('dlv', now),
            notificationId: null,
            recipient,
            channel,
            destinationId: recipient,
            addressHash: recipient,
            state: 'queued' as const,
            connectionId: recipient,
          },
        ],
  )
  return { decisions, deliveries }
}
