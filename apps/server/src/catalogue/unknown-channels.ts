import type { EventType } from '../domain/event-type.ts'
import { pointerStep } from '../domain/json.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { FieldError } from '../errors.ts'

type Named = Pick<EventType, 'channels' | 'locked' | 'templates'>

/** Each name of a channel in an event type, with its place. */
function* namesIn({ channels = {}, locked, templates: { locales = {}, ...looks } }: Named): Generator<[pointer: string, name: string]> {
  for (const name of Object.keys(channels)) yield [`/channels/${pointerStep(name)}`, name]
  for (const [i, name] of locked.entries()) yield [`/locked/${i}`, name]
  for (const name of Object.keys(looks)) yield [`/templates/${pointerStep(name)}`, name]
  for (const [locale, byChannel] of Object.entries(locales))
    for (const name of Object.keys(byChannel)) yield [`/templates/locales/${pointerStep(locale)}/${pointerStep(name)}`, name]
}

/** Names that no channel of this hub has: the switch, lock or text behind them would never be read. `default` is the look of every channel. */
export function unknownChannels(eventType: Named, known: readonly string[]): FieldError[] {
  return [...namesIn(eventType)].flatMap(([pointer, name]) => {
    const isText = pointer.startsWith('/templates/')
    const names = isText ? ['default', ...(pointer.startsWith('/templates/locales/') ? [] : ['locales']), ...known] : known
    return names.includes(name) ? [] : [{ pointer, message: `is not a known channel${didYouMean(name, names)}` }]
  })
}

/** The names of channels in an event type, known or not. */
export const channelsIn = (eventType: Named): string[] => [...namesIn(eventType)].map(([, name]) => name)
