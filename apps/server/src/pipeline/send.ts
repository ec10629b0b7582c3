import { type DeliverParts, deliver } from '../delivery/deliver.ts'
import type { Job } from '../delivery/job.ts'
import type { Outcome } from '../delivery/outcome.ts'
import type { Through } from '../domain/connection.ts'
import type { EventType } from '../domain/event-type.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Message } from '../domain/message.ts'
import type { Provider } from '../providers/kit/contract.ts'
import type { RenderInput } from '../rendering/draft.ts'

/** One attempt, when it is known what is sent and through which connections. */
export interface Attempt {
  job: Job
  connections: readonly Through[]
  eventType: EventType
  /** The event's data with the sensitive fields in it. Throws when they do not open. */
  data(): JsonObject
  /** The destination names its own provider (a pasted URL): no connection of an operator takes part. */
  direct: boolean
}

/** Renders, signs and sends, here or in another thread. Rejects with what `renderFailed` explains. */
export type Send = (attempt: Attempt) => Promise<Outcome>

export interface SendParts extends DeliverParts {
  render(input: RenderInput): Message
}

/** Sends in the thread that calls it. */
export const createSend =
  (parts: SendParts): Send =>
  ({ job, connections, eventType, data, direct }) =>
    deliver(job, connections, (provider) => renderFor(parts.render, provider, { job, eventType, data: data() }), direct ? directParts(parts) : parts)

/** Health of what a destination names is its own, and its settings are as much the person's word as the destination. */
const directParts = (parts: SendParts): SendParts => ({
  ...parts,
  provider(id) {
    const provider = parts.provider(id)
    return provider && { ...provider, ownTarget: () => true }
  },
  http: (namedBy, settings, destination) => parts.http(namedBy, NOTHING, { settings, destination: destination ?? NOTHING }),
})

const NOTHING: JsonObject = Object.freeze({})

interface ToRender {
  job: Job
  eventType: EventType
  data: JsonObject
}

function renderFor(render: SendParts['render'], { capabilities }: Provider, given: ToRender): Message {
  const message = render(renderInput(given, capabilities.format, capabilities))
  const { unread, notificationId } = given.job
  return unread === undefined || notificationId === null ? message : { ...message, notification: { id: notificationId, unread } }
}

/** The event as templates and receivers get it. `data`: with sensitive fields, or masked. */
export function renderInput({ job, eventType, data }: ToRender, format: RenderInput['format'], limits: RenderInput['limits']): RenderInput {
  const { event, person } = job
  const topic = event.to.length === 1 && event.to[0]!.kind === 'topic' ? event.to[0]!.key : undefined
  return {
    event: {
      id: event.id,
      type: event.type,
      data,
      tags: event.tags,
      url: event.url,
      severity: event.severity,
      priority: event.priority,
      createdAt: event.acceptedAt,
      ...(topic === undefined ? {} : { topic }),
    },
    eventType,
    channel: job.channel,
    format,
    limits,
    recipient: person,
    publicData: event.data,
  }
}
