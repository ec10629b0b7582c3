import { expect, it } from 'vitest'
import { aConnection } from '../domain/testing/samples.ts'
import { providers } from '../providers/index.ts'
import { createLimits } from './limits.ts'

const limitsOf = createLimits((id) => providers.find((provider) => provider.id === id))

const MAIL = { host: 'mail.example.com', port: 587, security: 'starttls', from: 'a@example.com' }

it.each([
  ['as many mails at once as the operator chose', { provider: 'smtp', settings: { ...MAIL, connections: 50 } }, { concurrency: 50 }],
  ['also fewer', { provider: 'smtp', settings: { ...MAIL, connections: 1 } }, { concurrency: 1 }],
  ['five where nothing was chosen', { provider: 'smtp', settings: MAIL }, { concurrency: 5 }],
  ['what a vendor takes', { provider: 'pushover', settings: {} }, { concurrency: 2 }],
  ['what another one takes', { provider: 'apns', settings: {} }, { concurrency: 500 }],
  ['no more in a second than a vendor takes', { provider: 'resend', settings: {} }, { concurrency: 128, rate: { count: 2, perMs: 1000 } }],
  ['one webhook’s rate for a shared connection', { provider: 'slack', personal: false }, { concurrency: 128, rate: { count: 1, perMs: 1000 } }],
  ['no rate where everyone has a webhook', { provider: 'slack' }, { concurrency: 128 }],
  [
    'what the operator says there',
    { provider: 'slack', limits: { concurrency: 3, rate: { count: 10, perSeconds: 60 } } },
    { concurrency: 3, rate: { count: 10, perMs: 60_000 } },
  ],
  ['the vendor’s rate beside the operator’s width', { provider: 'resend', limits: { concurrency: 3 } }, { concurrency: 3, rate: { count: 2, perMs: 1000 } }],
  [
    'more than a vendor documents',
    { provider: 'resend', limits: { rate: { count: 50, perSeconds: 1 } } },
    { concurrency: 128, rate: { count: 50, perMs: 1000 } },
  ],
  ['the hub’s default for all others', { provider: 'webhook', settings: {} }, { concurrency: 128 }],
  ['the same for a connection that is gone', undefined, { concurrency: 128 }],
])('%s', (_what, connection, limits) => expect(limitsOf(connection && aConnection(connection))).toEqual(limits))
