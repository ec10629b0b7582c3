import type { JsonObject, Priority, Severity } from './words.ts'

/** A link or button; both parts are Liquid. */
export interface ActionTemplate {
  label: string
  url: string
}

/** A label and its value; both parts are Liquid. */
export interface FieldTemplate {
  label: string
  value: string
}

/** Texts of one channel or locale. Liquid in every field; `body` is Markdown; `html` replaces the rendered body in mail. */
export interface TemplateTexts {
  title?: string
  body?: string
  subject?: string
  html?: string
  url?: string
  image?: string
  actions?: ActionTemplate[]
  fields?: FieldTemplate[]
}

/** Texts per channel; `default` applies to all. */
export interface ChannelTexts {
  [channel: string]: TemplateTexts
}

/** Texts of an event type: `default`, one per channel that differs, and the same again per locale under `locales`. */
export interface Templates {
  default?: TemplateTexts
  locales?: { [locale: string]: ChannelTexts }
  [channel: string]: TemplateTexts | { [locale: string]: ChannelTexts } | undefined
}

/** The body of PUT /v1/event-types/:key; absent fields get their default. */
export interface EventTypeInput {
  name?: string
  category?: string
  priority?: Priority
  severity?: Severity
  critical?: boolean
  essential?: boolean
  confirms?: boolean
  tagFiltered?: boolean
  locked?: string[]
  schema?: JsonObject
  dedup?: string
  channels?: { [channel: string]: boolean }
  templates?: Templates
  locale?: string
  sample?: JsonObject
}

/** The catalogue entry. */
export interface EventType {
  key: string
  name: string
  category: string
  priority: Priority
  severity: Severity
  /** Cannot be muted. */
  critical: boolean
  /** Passes the preset `essential` and quiet hours. */
  essential: boolean
  /** Exists to confirm a destination. */
  confirms: boolean
  /** Whether a shared connection's tags filter it; if not, every subscribed connection receives it regardless of tags. */
  tagFiltered: boolean
  /** Channels whose cell cannot be changed. */
  locked: string[]
  /** JSON Schema of `data`; `x-sensitive: true` marks a field that is stored encrypted. */
  schema?: JsonObject
  dedup?: string
  channels?: { [channel: string]: boolean }
  templates: Templates
  locale: string
  sample?: JsonObject
}

/** A medium, and the operator's switch. */
export interface Channel {
  channel: string
  enabled: boolean
  /** Whether an enabled personal connection serves the channel, or it needs none. */
  usable: boolean
  /** Whether the channel needs an address from the person. */
  needsDestination: boolean
}
