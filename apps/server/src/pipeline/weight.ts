import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Event } from '../domain/event.ts'
import { subscriptionsOf } from '../routing/shared.ts'
import { deletedEventType } from './deleted-event-type.ts'
import type { HubNow } from './plan.ts'

/** For events of one transaction: for how many each of them is decided, people whom it names and shared connections that subscribe to its type; at least 1. */
export function createWeight(catalogue: Catalogue, { shared }: Pick<HubNow, 'shared'>): (event: Event) => number {
  const listening = new Map<string, number>()
  const listeningTo = (event: Event): number => {
    const { eventType } = catalogue.find(event.type) ?? deletedEventType(event)
    return shared.filter((connection) => subscriptionsOf(connection, event, eventType).length > 0).length
  }
  return (event) => {
    const count = listening.get(event.type) ?? listeningTo(event)
    listening.set(event.type, count)
    return Math.max(event.to.length + count, 1)
  }
}
