import { defineEventType } from '@carillon/pack'
import { healthEventTypes } from './system-health.ts'

const text = { type: 'string', minLength: 1 }

/** What the hub itself has to say. Always registered; a person meets these beside the application's own. */
export const systemEventTypes = [
  defineEventType({
    key: 'message',
    name: 'Message',
    category: 'message',
    schema: {
      type: 'object',
      required: ['title', 'body'],
      properties: { title: { ...text, maxLength: 256 }, body: { type: 'string', maxLength: 65_536 }, data: { type: 'object' } },
      additionalProperties: false,
    },
    templates: { default: { title: '{{ data.title }}', body: '{{ data.body | markdown }}' } },
    sample: { title: 'Hello', body: 'A message without an event type.' },
  }),
  defineEventType({
    key: 'test',
    name: 'Test',
    category: 'system',
    schema: { type: 'object', additionalProperties: false },
    templates: {
      default: { title: 'Test notification', body: 'This is a test message from {{ instance.name }}. When you can read it, the connection works.' },
    },
    sample: {},
  }),
  defineEventType({
    key: 'destination.confirm',
    name: 'Confirm a destination',
    category: 'system',
    priority: 'urgent',
    critical: true,
    confirms: true,
    schema: {
      type: 'object',
      required: ['channel', 'code', 'minutes'],
      properties: { channel: text, code: { ...text, 'x-sensitive': true }, minutes: { type: 'integer' } },
      additionalProperties: false,
    },
    templates: {
      default: {
        title: 'Confirm that you want to be told here',
        body: 'Your code is **{{ data.code }}**. It works for {{ data.minutes }} minutes.\n\nIf you did not ask for it, do nothing: nobody will write to you here.',
      },
    },
    sample: { channel: 'email', code: '123456', minutes: 10 },
  }),
  defineEventType({
    key: 'destination.switched_off',
    name: 'A destination was switched off',
    category: 'system',
    severity: 'warning',
    schema: {
      type: 'object',
      required: ['channel', 'reason'],
      properties: { channel: text, reason: text, place: text, others: { type: 'integer', minimum: 0 }, newKey: { type: 'boolean' } },
      additionalProperties: false,
    },
    channels: { in_app: true },
    locked: ['in_app'],
    templates: {
      default: {
        title:
          '{% if data.newKey %}Your browsers no longer get push messages{% elsif data.place %}We can no longer reach you at {{ data.place }}{% else %}' +
          "We can no longer reach you by {{ data.channel | replace: '_', ' ' }}{% endif %}",
        body:
          '{% if data.newKey %}The hub has a new key for push messages, and your browsers still have the old one.\n\n' +
          'Switch push messages on again in each browser.{% else %}What went wrong: {{ data.reason }}\n\n' +
          'Nothing more is sent there until you store it again.{% if data.others > 0 %} The rest of your list is still reached.{% endif %}{% endif %}',
      },
    },
    sample: { channel: 'webhook', reason: 'https://example.com answered 410' },
  }),
  ...healthEventTypes,
]
