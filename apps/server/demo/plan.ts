import type { EventReport } from '@carillon/client'

export type DemoChannel = 'in_app' | 'email' | 'webhook'
export const DEMO_CHANNELS: readonly DemoChannel[] = ['in_app', 'email', 'webhook']

/** A bare address without a user, reached through the topic. */
export const PARTNER = 'atelier@example.net'

export const NAMES: Record<string, string> = { ana: 'Ana', ben: 'Ben', chloe: 'Chloé', [PARTNER]: PARTNER }

/** An event and its expected messages, by person and channel. Exactly these must arrive. */
export interface Act {
  report: EventReport
  promised: Record<string, DemoChannel[]>
}

export const ACTS: readonly Act[] = [
  {
    report: { type: 'build.failed', to: [{ topic: 'web-team' }], data: { project: 'web', number: 418, branch: 'main', step: 'unit tests', by: 'Dana' } },
    promised: { ana: ['in_app', 'email', 'webhook'], ben: ['in_app'], chloe: ['webhook'], [PARTNER]: ['email'] },
  },
  {
    report: { type: 'payment.succeeded', to: ['ana'], data: { invoice: '2026-0117', amount: 49.9, currency: 'EUR' } },
    promised: { ana: ['in_app', 'email', 'webhook'] },
  },
  {
    report: { type: 'price.dropped', to: ['ana', 'ben', 'chloe'], data: { item: 'Brass bell', from: 79, to: 59, currency: 'EUR' } },
    promised: { ana: ['in_app', 'email', 'webhook'], ben: ['in_app', 'email'], chloe: ['webhook'] },
  },
]
