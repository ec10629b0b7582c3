import { defineEventType } from '@carillon/pack'
import { healthEventTypes } from './system-health.ts'

const text = { type: 'string', minLength: 1 }

/** The hub's own event types. They are always registered; a person sees these beside the application's own. */
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
      default: { title: 'Test notification', body: 'This is a test message from {{ instance.name }}. If you can read it, the connection works.' },
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
        title: 'Confirm this address for notifications',
        body: 'Your code is **{{ data.code }}**. It is valid for {{ data.minutes }} minute{% if data.minutes != 1 %}s{% endif %}.\n\nIf you did not request it, ignore this message: no notifications will be sent here.',
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
          'Enable push messages again in each browser.{% else %}It {{ data.reason }}.\n\n' +
          'No more messages are sent there until you save it again.{% if data.others > 0 %} The rest of your list still works.{% endif %}{% endif %}',
      },
    },
    sample: { channel: 'webhook', reason: 'does not exist any more' },
  }),
  ...healthEventTypes,
]
