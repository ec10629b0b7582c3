import { withDefaults } from '@carillon/pack'
import type { EventType } from '../../domain/event-type.ts'
import type { RenderInput } from '../draft.ts'

/** An order that was shipped, told to Ana; tests say what differs. */
export const orderShipped = (templates: EventType['templates'], more: Partial<EventType> = {}): EventType =>
  withDefaults({ key: 'shop.order', name: 'Order shipped', category: 'shop', templates, ...more })

export function inputFor(eventType: EventType, data: RenderInput['event']['data'], more: Partial<RenderInput> = {}): RenderInput {
  return {
    event: { id: 'evt_1', type: eventType.key, data, tags: [], url: null, severity: 'info', priority: 'medium', createdAt: Date.UTC(2026, 0, 31, 23, 30) },
    eventType,
    channel: 'webhook',
    format: 'json',
    limits: {},
    recipient: { id: 'ana', name: 'Ana', locale: 'en', timezone: 'Europe/Paris' },
    ...more,
  }
}

/** Texts that try to inject Markdown, HTML, Discord markup, Liquid and headers. */
export const HOSTILE = [
  '**bold** [click](https://evil.test) <img src=x onerror=alert(1)> &amp;',
  'a\n\n# Heading\n\n1. item `code`',
  '</p><script>alert(1)</script>',
  '```\ncode\n```',
  '<@123> @everyone <t:0:R> ||spoiler|| __under__ <https://evil.test>',
  'https://evil.test www.evil.test me@evil.test',
  '![x](https://evil.test/pixel.png)',
  '| a | b |\n|---|---|',
  '- [ ] task',
  '    indented',
  '> quote',
  '--- \n===',
  '1. one',
  '\\*not escaped\\*',
  '[a]: https://evil.test',
  '{{ data.secret }} {% raw %}',
  '\ufdd00\ufdd1',
  '~~gone~~ snake_case _em_',
  '!-@0.0',
]
