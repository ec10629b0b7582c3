import type { JsonObject } from './json.ts'

export const PRIORITIES = ['low', 'medium', 'high', 'urgent'] as const
export type Priority = (typeof PRIORITIES)[number]

export const SEVERITIES = ['debug', 'info', 'success', 'warning', 'error', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** The rank of a severity, for "at least this severity". `success` ranks like `info`. */
export const severityRank: Record<Severity, number> = { debug: 0, info: 1, success: 1, warning: 2, error: 3, critical: 4 }

/** Longest dedup key, characters: it is part of an index. */
export const MAX_DEDUP_KEY = 512

/** Texts of one look. Liquid in every field; `body` is Markdown; `html` replaces the rendered body in mail. */
export interface TemplateTexts {
  title?: string
  body?: string
  subject?: string
  html?: string
  /** The link of the message; the event's own `url` when absent. */
  url?: string
  image?: string
  actions?: { label: string; url: string }[]
  fields?: { label: string; value: string }[]
}

/** Looks of an event type: `default`, one for each channel that differs, and the same again per locale. */
export interface Templates {
  default?: TemplateTexts
  locales?: { [locale: string]: { [channel: string]: TemplateTexts } }
  [channel: string]: TemplateTexts | { [locale: string]: { [channel: string]: TemplateTexts } } | undefined
}

/** The catalogue entry: the meaning of an event of this type, who may mute it, and its look. */
export interface EventType {
  key: string
  name: string
  category: string
  priority: Priority
  severity: Severity
  /** Cannot be muted: only for messages that the person requested this minute (password reset, address verification). */
  critical: boolean
  /** Passes the preset `essential` and quiet hours. */
  essential: boolean
  /** Exists to confirm a destination, so it may be sent to an unconfirmed one. */
  confirms: boolean
  /** Whether the tags of a shared connection narrow it; if not, every connection that subscribes gets it, whatever its tags. */
  tagFiltered: boolean
  /** Channels whose cell a person cannot change. */
  locked: string[]
  /** JSON Schema (2020-12) of `data`; absent = any object. A property with `x-sensitive: true` is stored encrypted. */
  schema?: JsonObject
  /** Liquid that names the fact, e.g. `{{ data.orderId }}`: a second event with the same text notifies nobody twice. It has `data` only, and no loops. */
  dedup?: string
  /** Cells that are on unless a person changed them; absent = every channel. `in_app` is on unless it is named `false`. */
  channels?: { [channel: string]: boolean }
  templates: Templates
  /** Locale of `templates.default`; `en` by default. */
  locale: string
  sample?: JsonObject
}

/** Whether a cell of the matrix is on until a person changes it: the inbox unless the event type switches it off, other channels as the type lists them. */
export const isOnByDefault = ({ channels }: Pick<EventType, 'channels'>, channel: string): boolean =>
  channels === undefined || (channel === 'in_app' ? channels[channel] !== false : channels[channel] === true)
