import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { createOutbound, parseAllowList } from '../security/outbound.ts'
import { parseAppriseUrl } from './kit/apprise-url.ts'
import { createHttp } from './kit/http.ts'
import { mailgun } from './mailgun.ts'
import { describeMailApi } from './testing/describe-mail-api.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { NOW } from './testing/message.ts'
import { type Receiver, startReceiver } from './testing/receiver.ts'

const settings = (url: string): JsonObject => ({
  apiKey: 's3cret-key',
  domain: 'mg.example.com',
  region: 'us',
  from: 'Bells <hub@carillon.example>',
  apiUrl: url,
})

describeProvider(mailgun, {
  given: (url) => ({ settings: { ...settings(url), replyTo: 'help@carillon.example' }, destination: { address: 'ana@example.org', name: 'Ana' } }),
  sends: {
    path: '/v3/mg.example.com/messages',
    headers: { authorization: `Basic ${Buffer.from('api:s3cret-key').toString('base64')}` },
    form: [
      ['from', '"Bells" <hub@carillon.example>'],
      ['to', '"Ana" <ana@example.org>'],
      ['subject', 'Build 7 failed'],
      ['text', 'main is red'],
      ['html', 'main is **red**'],
      ['h:Reply-To', 'help@carillon.example'],
      ['h:Message-Id', '<dlv_1@carillon.example>'],
      ['h:Auto-Submitted', 'auto-generated'],
      ['h:X-Auto-Response-Suppress', 'All'],
      ['h:X-Priority', '1 (Highest)'],
      ['h:Importance', 'High'],
      ['v:delivery', 'dlv_1'],
    ],
  },
  plain: /^(subject|text)$/,
  accepted: { reply: { body: { id: '<2026@mg.example.com>', message: 'Queued. Thank you.' } }, receipt: { externalId: '<2026@mg.example.com>' } },
  failures: { 402: 'misconfigured', 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits: ({ body }) => [{ text: new URLSearchParams(body).get('subject') ?? '', limit: 400, unit: 'chars' }],
})

describeMailApi(mailgun, {
  settings,
  most: 1000,
  read({ body }) {
    const form = new URLSearchParams(body)
    return { to: form.getAll('to'), cc: form.getAll('cc'), bcc: form.getAll('bcc'), subject: form.get('subject') ?? '', text: form.get('text') ?? '' }
  },
  mailbox: (name, address) => `"${name.replaceAll('"', '\\"')}" <${address}>`,
  answers: [
    ['a wrong key', { status: 401, body: 'Forbidden' }, { failure: 'misconfigured', scope: 'target', code: 'http_401' }],
    ['a key that it repeats', { status: 401, body: { message: 'no key s3cret-key' } }, { message: expect.not.stringContaining('s3cret') }],
    [
      'a sandbox',
      { status: 403, body: { message: 'Please add the address to authorized recipients in Account Settings.' } },
      { failure: 'misconfigured', scope: 'message', message: expect.stringContaining('authorized recipients') },
    ],
    ['the other region', { status: 404, body: { message: 'Domain not found: mg.example.com' } }, { failure: 'misconfigured', field: '/settings/domain' }],
    ['a key that is none', { status: 401, body: 'Forbidden' }, { failure: 'misconfigured', message: expect.stringMatching(/answered 401: Forbidden$/) }],
    [
      'a bad address',
      { status: 400, body: { message: "'to' parameter is not a valid address" } },
      { failure: 'rejected', scope: 'message', about: 'recipient' },
    ],
    ['a bad copy', { status: 400, body: { message: "'cc' parameter is not a valid address" } }, { failure: 'rejected', about: 'recipient' }],
    [
      'the limit of a day, by its own status',
      { status: 420, body: { message: 'Daily messages limit reached' } },
      { failure: 'temporary', about: 'limit', throttled: 'target', retryAfterMs: 4 * 3_600_000 },
    ],
    [
      'the limit of a month',
      { status: 403, body: { message: 'You have reached the maximum of 100 messages for this month' } },
      { failure: 'temporary', throttled: 'target', retryAfterMs: 24 * 3_600_000 },
    ],
    [
      'a sender that is no address',
      { status: 400, body: { message: "'from' parameter is not a valid address. please check documentation" } },
      { failure: 'misconfigured', scope: 'target', field: '/settings/from' },
    ],
    [
      'an unverified domain',
      { status: 403, body: { message: 'The domain is unverified and requires DNS configuration. Log in to your control panel' } },
      { failure: 'misconfigured', scope: 'target', field: '/settings/domain' },
    ],
    [
      'a domain that may not send',
      { status: 403, body: { message: 'Domain mg.example.com is not allowed to send: The domain is disabled' } },
      { failure: 'misconfigured', scope: 'target' },
    ],
    [
      'the limit of an hour',
      { status: 403, body: { message: 'Domain mg.example.com is not allowed to send: recipient limit exceeded, try again after 1 hour' } },
      { failure: 'temporary', throttled: 'target', retryAfterMs: 3_600_000 },
    ],
    ['an unpaid account', { status: 402, body: { message: 'Payment required' } }, { failure: 'misconfigured', scope: 'target' }],
    ['a reset in milliseconds', { status: 429, headers: { 'x-ratelimit-reset': String(NOW + 90_000) } }, { failure: 'temporary', retryAfterMs: 90_000 }],
    [
      'Retry-After before the reset',
      { status: 429, headers: { 'retry-after': '5', 'x-ratelimit-reset': String(NOW + 90_000) } },
      { failure: 'temporary', retryAfterMs: 5_000 },
    ],
  ],
})

describe('mailgun', () => {
  let vendor: Receiver
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  beforeEach(async () => {
    vendor = await startReceiver()
  })
  afterEach(() => vendor.close())
  afterAll(() => http.close())

  it('is tested by a message in test mode, which a sending key may send', async () => {
    await mailgun.verify?.({ settings: settings(vendor.url), http, clock: () => NOW })
    expect(Object.fromEntries(new URLSearchParams(vendor.requests[0]!.body))).toMatchObject({ 'o:testmode': 'yes', to: '"Bells" <hub@carillon.example>' })
    vendor.respond(401)
    await expect(mailgun.verify?.({ settings: settings(vendor.url), http, clock: () => NOW })).rejects.toMatchObject({ failure: 'misconfigured' })
  })

  it.each([
    ['us', 'https://api.mailgun.net/v3/mg.example.com/messages'],
    ['eu', 'https://api.eu.mailgun.net/v3/mg.example.com/messages'],
  ])('asks the region %s where it is', async (region, expected) => {
    const asked: string[] = []
    const door = { ...http, request: (url: string) => Promise.reject(new Error(String(asked.push(url)))) }
    const { apiUrl: _, ...rest } = settings('')
    await mailgun.verify?.({ settings: { ...rest, region }, http: door, clock: () => NOW }).catch(() => {})
    expect(asked).toEqual([expected])
  })

  it.each<[string, unknown]>([
    [
      'mailgun://hub@mg.example.com/key-1/ana@example.org?region=eu&from=Bells',
      {
        settings: { apiKey: 'key-1', domain: 'mg.example.com', region: 'eu', from: '"Bells" <hub@mg.example.com>' },
        destination: { address: 'ana@example.org' },
      },
    ],
    [
      'mailgun://hub@mg.example.com/key-1/ana@example.org/ben@example.org?bcc=cem@example.org',
      {
        settings: { apiKey: 'key-1', domain: 'mg.example.com', region: 'us', from: 'hub@mg.example.com' },
        destination: { to: ['ana@example.org', 'ben@example.org'], cc: [], bcc: ['cem@example.org'] },
      },
    ],
    ['mailgun://mg.example.com/key-1', 'must look like mailgun://user@domain/key/address'],
    ['mailgun://hub@mg.example.com/key-1', 'The URL names nobody to write to'],
    ['mailgun://hub@mg.example.com/key-1/nobody', 'nobody is not a mail address'],
  ])('reads %s', (text, expected) => expect(mailgun.apprise?.parse(parseAppriseUrl(text)!)).toEqual(expected))
})
