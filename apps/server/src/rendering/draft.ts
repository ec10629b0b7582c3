import type { Unit } from '../domain/cut.ts'
import type { EventType, Priority, Severity } from '../domain/event-type.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Action, Field, Message, OptionalPart } from '../domain/message.ts'
import type { Millis } from '../domain/time.ts'
import type { Format } from './dialects/index.ts'
import { type Block, paragraph } from './document.ts'
import type { Line } from './lines.ts'
import type { Scope } from './liquid.ts'
import type { Look } from './locale.ts'
import type { Reader } from './reader.ts'

/** The event for templates and receivers: the caller has merged or masked sensitive fields. */
export interface RenderedEvent {
  id: string
  type: string
  data: JsonObject
  tags: string[]
  url: string | null
  severity: Severity
  priority: Priority
  createdAt: Millis
  topic?: string
}

/** The vendor's limits. */
export interface Limits {
  title?: number
  body?: number
  /** The unit of `title` and `body`. */
  unit?: Unit
  /** Absent = the vendor has none, so they are written into the body. */
  actions?: number
  fields?: number
  /** These parts are left out: the addresses of link and buttons, and the fields, stand in the body. */
  without?: readonly OptionalPart[]
  /** Of the texts of fields and buttons, as they are printed. */
  lengths?: { label?: number; value?: number; button?: number }
  /** Whether the vendor takes the message with this body, together with what the provider adds to it. */
  fits?(message: Message): boolean
}

export interface RenderInput {
  event: RenderedEvent
  eventType: EventType
  channel: string
  format: Format
  limits: Limits
  /** Empty for a shared connection. */
  recipient: { id?: string; name?: string; email?: string; locale?: string; timezone?: string; data?: JsonObject }
  /** The `data` for the receiver; `event.data` when absent. */
  publicData?: JsonObject
  test?: boolean
}

export interface InboxTexts {
  title: string
  body: string
  actions: Action[]
  url?: string
}

export interface Lines {
  title: Line
  actions: Line[]
  fields: { label: Line; value: Line }[]
}

/** The texts of one message before the channel's dialect. */
export interface Draft {
  look: Look
  scope: Scope
  reader: Reader
  /** The hub's name. */
  instance: string
  title: string
  blocks: Block[]
  url?: string
  image?: string
  actions: Action[]
  fields: Field[]
  /** The same title, labels and values with the author of each text, which few readers need. */
  lines(): Lines
}

/** The same without these parts: the addresses of link and buttons are lines of the text. Fields without a place are written by `finish`. */
export function draftWithout(parts: readonly OptionalPart[], { url, image, actions, blocks, lines, ...rest }: Draft): Draft {
  const [linkless, buttonless] = [parts.includes('link'), parts.includes('buttons')]
  const addresses = [
    ...(buttonless ? actions.map((action) => `${action.label}: ${action.url}`) : []),
    ...(!linkless || url === undefined || actions.some((action) => action.url === url) ? [] : [url]),
  ]
  return {
    ...rest,
    ...(linkless || url === undefined ? {} : { url }),
    ...(parts.includes('picture') || image === undefined ? {} : { image }),
    actions: buttonless ? [] : actions,
    lines: buttonless ? () => ({ ...lines(), actions: [] }) : lines,
    blocks: [...blocks, ...addresses.map((line) => paragraph(line))],
  }
}

/** The part of a message that does not depend on the dialect. */
export function common(input: RenderInput, made: Draft): Omit<Message, 'title' | 'body' | 'text' | 'plain' | 'actions' | 'fields' | 'coded'> {
  const { event, eventType, recipient } = input
  return {
    severity: event.severity,
    priority: event.priority,
    ...(made.url === undefined ? {} : { url: made.url }),
    ...(made.image === undefined ? {} : { image: made.image }),
    ...(input.limits.without === undefined ? {} : { without: input.limits.without }),
    locale: made.look.locale,
    instance: made.instance,
    event: {
      id: event.id,
      type: event.type,
      category: eventType.category,
      data: input.publicData ?? event.data,
      tags: event.tags,
      createdAt: event.createdAt,
      ...(event.topic === undefined ? {} : { topic: event.topic }),
      ...(recipient.id === undefined ? {} : { user: { id: recipient.id } }),
      ...(input.test ? { test: true as const } : {}),
    },
  }
}
