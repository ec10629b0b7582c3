import type { Message } from '../../domain/message.ts'
import { toIso } from '../../domain/time.ts'
import type { DeliveryIdentity } from './contract.ts'

/** A message for programs: the body of a webhook, of an MQTT message, and a script's input. */
export function payloadOf({ message, delivery }: { message: Message; delivery: DeliveryIdentity }): object {
  const { event } = message
  return {
    id: delivery.id,
    eventId: event.id,
    type: event.type,
    category: event.category,
    priority: message.priority,
    severity: message.severity,
    title: message.title,
    body: message.text,
    url: message.url,
    actions: message.actions,
    fields: message.fields,
    data: event.data,
    user: event.user,
    topic: event.topic,
    test: event.test,
    createdAt: toIso(event.createdAt),
  }
}
