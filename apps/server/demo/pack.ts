import { defineEventType, definePack } from '@carillon/pack'

const text = { type: 'string', minLength: 1 }
const money = { type: 'number', minimum: 0 }

/** The event types of the demo: a build server, a shop's till, and its shelves. */
export const demoPack = definePack({
  name: 'demo',
  eventTypes: [
    defineEventType({
      key: 'build.failed',
      name: 'A build failed',
      category: 'builds',
      severity: 'error',
      priority: 'high',
      schema: {
        type: 'object',
        required: ['project', 'number', 'branch', 'step', 'by'],
        properties: { project: text, number: { type: 'integer' }, branch: text, step: text, by: text },
        additionalProperties: false,
      },
      templates: {
        default: {
          title: '{{ data.project }} #{{ data.number }} failed',
          body: 'The step **{{ data.step }}** broke on `{{ data.branch }}`, after a change by {{ data.by }}.\n\nNothing was deployed: what is live stays as it is.',
        },
        locales: {
          fr: {
            default: {
              title: '{{ data.project }} n° {{ data.number }} a échoué',
              body: 'L’étape **{{ data.step }}** a cassé sur `{{ data.branch }}`, après une modification de {{ data.by }}.\n\nRien n’a été déployé : la version en ligne reste en place.',
            },
          },
        },
      },
      sample: { project: 'web', number: 418, branch: 'main', step: 'unit tests', by: 'dana' },
    }),
    defineEventType({
      key: 'payment.succeeded',
      name: 'A payment succeeded',
      category: 'billing',
      severity: 'success',
      essential: true,
      dedup: '{{ data.invoice }}',
      schema: {
        type: 'object',
        required: ['invoice', 'amount', 'currency'],
        properties: { invoice: text, amount: money, currency: { type: 'string', pattern: '^[A-Z]{3}$' } },
        additionalProperties: false,
      },
      templates: {
        default: {
          title: 'Paid: invoice {{ data.invoice }}',
          body: 'Thank you! We received **{{ data.amount }} {{ data.currency }}** for invoice {{ data.invoice }}.',
        },
        locales: {
          fr: {
            default: {
              title: 'Facture {{ data.invoice }} réglée',
              body: 'Merci ! Nous avons reçu **{{ data.amount }} {{ data.currency }}** pour la facture {{ data.invoice }}.',
            },
          },
        },
      },
      sample: { invoice: '2026-0117', amount: 49.9, currency: 'EUR' },
    }),
    defineEventType({
      key: 'price.dropped',
      name: 'A price dropped',
      category: 'shopping',
      schema: {
        type: 'object',
        required: ['item', 'from', 'to', 'currency'],
        properties: { item: text, from: money, to: money, currency: { type: 'string', pattern: '^[A-Z]{3}$' } },
        additionalProperties: false,
      },
      templates: {
        default: {
          title: '{{ data.item }}: now {{ data.to }} {{ data.currency }}',
          body: '**{{ data.item }}** from your wish list costs {{ data.to }} {{ data.currency }} instead of {{ data.from }} {{ data.currency }}.',
        },
        locales: {
          fr: {
            default: {
              title: '{{ data.item }} : {{ data.to }} {{ data.currency }}',
              body: '**{{ data.item }}**, de votre liste, passe de {{ data.from }} {{ data.currency }} à {{ data.to }} {{ data.currency }}.',
            },
          },
        },
      },
      sample: { item: 'Brass bell', from: 79, to: 59, currency: 'EUR' },
    }),
  ],
})
