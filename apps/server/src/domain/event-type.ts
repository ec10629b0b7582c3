import type { JsonObject } from './json.ts'

export const PRIORITIES = ['low', 'medium', 'high', 'urgent'] as const
export type Priority = (typeof PRIORITIES)[number]

export const SEVERITIES = ['debug', 'info', 'success', 'warning', 'error', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** How loud a severity is, for "at least this severity". `success` is as quiet as `info`. */
export const severityRank: Record<Severity, number> = { debug: 0, info: 1, success: 1, warning: 2, error: 3, critical: 4 }

/** Texts of one look. Liquid in every field; `body` is Markdown; `html` replaces the rendered body in mail. */
export interface TemplateTexts {
  title?: string
  body?: string
  subject?: string
  html?: string
  /** Where the message leads; the event's own `url` when absent. */
  url?: string
  image?: string
  actions?: { label: string; url: string }[]
  fields?: { label: string; value: string }[]
}

/** Looks of an event type: `default`, one per channel that differs, and the same again per locale. */
export interface Templates {
  default?: TemplateTexts
  locales?: { [locale: string]: { [channel: string]: TemplateTexts } }
  [channel: string]: TemplateTexts | { [locale: string]: { [channel: string]: TemplateTexts } } | undefined
}

/** The catalogue entry: what an event of this type is, who may mute it, and how it looks. */
export interface EventType {
  key: string
  name: string
  category: string
  priority: Priority
  severity: Severity
  /** Cannot be muted: only for what the person asked for this minute (password reset, address verification). */
  critical: boolean
  /** Passes the preset `essential` and quiet hours. */
  essential: boolean
  /** Exists to confirm a destination, so an unconfirmed one may hear it. */
  confirms: boolean
  /** Whether the tags of a shared connection narrow it; when not, a connection that subscribes hears it whatever tags it has. */
  tagFiltered: boolean
  /** Channels whose cell nobody can change. */
  locked: string[]
  /** JSON Schema (2020-12) of `data`; absent = any object. A property with `x-sensitive: true` is stored encrypted. */
  schema?: JsonObject
  /** Liquid that names the fact, e.g. `{{ data.orderId }}`: a second event with the same text tells nobody twice. */
  dedup?: string
  /** Cells that are on unless a person changed them; absent = every channel. `in_app` is on unless it is named `false`. */
  channels?: { [channel: string]: boolean }
  templates: Templates
  /** Locale of `templates.default`; `en` unless said. */
  locale: string
  sample?: JsonObject
}

/** Whether a cell of the matrix is on as long as nobody changed it: the inbox unless the event type switches it off, other channels as the type lists them. */
export const isOnByDefault = ({ channels }: Pick<EventType, 'channels'>, channel: string): boolean =>
  channels === undefined || (channel === 'in_app' ? channels[channel] !== false : channels[channel] === true)
