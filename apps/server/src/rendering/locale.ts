import type { EventType, TemplateTexts } from '../domain/event-type.ts'

/** The texts for one reader on one channel, before Liquid. */
export interface Look extends TemplateTexts {
  /** The locale of the texts; `en` when the event type has none. */
  locale: string
  /** The texts that were written for the channel alone. */
  own: ReadonlySet<keyof TemplateTexts>
}

interface Layer {
  locale: string
  /** Written for the channel alone. */
  own: boolean
  texts: TemplateTexts
}

const looks = new WeakMap<EventType, Map<string, Look>>()
const KEPT_PER_TYPE = 200

/** `fr-CA` -> `fr-CA`, `fr` (the lookup of RFC 4647 section 3.4). */
export function truncations(locale: string): string[] {
  const parts = locale.split(/[-_]/).filter((part) => part !== '')
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('-'))
}

/**
 * Resolves each text separately, from the most specific locale to the least: the reader's locale, shorter forms of it, the event type's
 * own, English; in each the channel's text before the default one. A subject never comes from a less specific locale than the title (nor
 * `html` than the body): a mail in two languages is worse than a plain one. The result is cached per event type object.
 */
export function textsFor(eventType: EventType, channel: string, locale: string | undefined): Look {
  const key = `${channel} ${locale ?? ''}`
  const known = looks.get(eventType) ?? new Map<string, Look>()
  looks.set(eventType, known)
  const found = known.get(key)
  if (found) return found
  const look = lookUp(layersOf(eventType, channel, locale), eventType.locale)
  if (known.size >= KEPT_PER_TYPE) known.clear()
  known.set(key, look)
  return look
}

function lookUp(layers: Layer[], fallback: string): Look {
  const spoken = layers.find(({ texts }) => texts.body !== undefined || texts.title !== undefined || texts.html !== undefined)
  const own = new Set<keyof TemplateTexts>()
  const look: Look = { locale: spoken?.locale ?? fallback, own }
  const take = <K extends keyof TemplateTexts>(name: K, near?: keyof TemplateTexts): void => {
    const layer = layers.find(({ texts }) => texts[name] !== undefined || (near !== undefined && texts[near] !== undefined))
    const text = layer?.texts[name]
    if (text === undefined) return
    Object.assign(look, { [name]: text })
    if (layer?.own) own.add(name)
  }
  take('title')
  take('body')
  take('subject', 'title')
  take('html', 'body')
  take('url')
  take('image')
  take('actions')
  take('fields')
  return look
}

function layersOf({ templates, locale: own }: EventType, channel: string, locale: string | undefined): Layer[] {
  const chain = [...new Set([...truncations(locale ?? ''), own, ...truncations(own), 'en'])]
  const layers: Layer[] = []
  const add = (of: string, texts: TemplateTexts | undefined, own = false) => texts && layers.push({ locale: of, own, texts })
  for (const step of chain) {
    const localized = localeOf(templates.locales, step)
    add(step, localized?.[channel], true)
    add(step, localized?.['default'])
    if (step === own) {
      if (channel !== 'locales' && channel !== 'default') add(own, channelTexts(templates[channel]), true)
      add(own, templates.default)
    }
  }
  return layers
}

/** Locale names are case-insensitive: `zh-cn` equals `zh-CN`. */
function localeOf<T>(locales: { [locale: string]: T } | undefined, wanted: string): T | undefined {
  if (!locales) return undefined
  const name = Object.keys(locales).find((key) => key.replaceAll('_', '-').toLowerCase() === wanted.toLowerCase())
  return name === undefined ? undefined : locales[name]
}

/** The index signature of `Templates` also covers `locales`; a channel's entry contains texts. */
const channelTexts = (entry: EventType['templates'][string]): TemplateTexts | undefined => entry as TemplateTexts | undefined
