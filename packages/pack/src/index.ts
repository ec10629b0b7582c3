/** Everything a pack author needs to define event types. No server code. */

/** Liquid texts of one channel or locale; `body` is Markdown, `html` replaces the rendered body of a mail. */
export interface TemplateTexts {
  title?: string
  body?: string
  subject?: string
  html?: string
}

export interface EventTypeOptions {
  /** `noun.verb`, e.g. `payment.succeeded`: letters, digits, `.`, `_`, `-`. */
  key: string
  name: string
  /** Groups event types for preferences: account, security, billing, marketing, system, support, … */
  category: string
  /** Default `medium`. */
  priority?: 'low' | 'medium' | 'high' | 'urgent'
  /** Default `info`. */
  severity?: 'debug' | 'info' | 'success' | 'warning' | 'error' | 'critical'
  /** Cannot be muted: only for messages that the person has just requested. */
  critical?: boolean
  /** Passes the preset `essential` and quiet hours. */
  essential?: boolean
  /** Exists to confirm a destination. */
  confirms?: boolean
  /** Default true: a shared connection with tags receives it only when the event has one of them. */
  tagFiltered?: boolean
  /** Channels whose cell cannot be changed. */
  locked?: string[]
  /** JSON Schema (2020-12) of `data`; a property with `x-sensitive: true` is stored encrypted and never shown. */
  schema?: Record<string, unknown>
  /** Liquid template of the dedup key, e.g. `{{ data.orderId }}`: events with the same key notify each recipient once. */
  dedup?: string
  /** Cells that are on unless a person changed them; absent = every channel. */
  channels?: Record<string, boolean>
  /** `default`, one per channel that differs, and `locales.<locale>` with the same shape. */
  templates?: {
    default?: TemplateTexts
    locales?: Record<string, Record<string, TemplateTexts>>
    [channel: string]: TemplateTexts | Record<string, Record<string, TemplateTexts>> | undefined
  }
  /** Locale of `templates.default`; default `en`. */
  locale?: string
  sample?: Record<string, unknown>
}

/** What an event type is unless its author says otherwise. This is the only place that says it. */
type Defaults = Required<
  Pick<EventTypeOptions, 'priority' | 'severity' | 'critical' | 'essential' | 'confirms' | 'tagFiltered' | 'locked' | 'templates' | 'locale'>
>
const defaults = (): Defaults => ({
  priority: 'medium',
  severity: 'info',
  critical: false,
  essential: false,
  confirms: false,
  tagFiltered: true,
  locked: [],
  templates: {},
  locale: 'en',
})

/** An event type with every default filled in. */
export type DefinedEventType = EventTypeOptions & Defaults

export const defineEventType = (options: EventTypeOptions): DefinedEventType => withDefaults(options)

/** The same for options of a narrower type, which is kept; `defineEventType` also refuses a misspelt option. */
export const withDefaults = <Options extends EventTypeOptions>(options: Options): Options & Defaults => ({ ...defaults(), ...options })

/** A bundle that teaches Carillon a domain. */
export interface Pack {
  /** Lower-case letters, digits and `-`. */
  name: string
  eventTypes: DefinedEventType[]
}

export function definePack(pack: Pack): Pack {
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(pack.name)) throw new Error(`a pack's name must consist of lower-case letters, digits and "-": "${pack.name}" does not`)
  return pack
}
