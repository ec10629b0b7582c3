import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { createOutbound, parseAllowList } from '../security/outbound.ts'
import { parseAppriseUrl } from './kit/apprise-url.ts'
import { createHttp } from './kit/http.ts'
import { resend } from './resend.ts'
import { describeMailApi } from './testing/describe-mail-api.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { NOW } from './testing/message.ts'
import { type Receiver, startReceiver } from './testing/receiver.ts'

interface Mail {
  to: string[]
  cc?: string[]
  bcc?: string[]
  subject: string
  text: string
}

const settings = (url: string): JsonObject => ({ apiKey: 's3cret-re', from: 'Bells <hub@carillon.example>', apiUrl: url })

describeProvider(resend, {
  given: (url) => ({ settings: { ...settings(url), replyTo: 'help@carillon.example' }, destination: { address: 'ana@example.org', name: 'Ana' } }),
  sends: {
    path: '/emails',
    headers: { authorization: 'Bearer s3cret-re', 'idempotency-key': 'dlv_1' },
    json: {
      from: '"Bells" <hub@carillon.example>',
      to: ['"Ana" <ana@example.org>'],
      reply_to: 'help@carillon.example',
      subject: 'Build 7 failed',
      text: 'main is red',
      html: 'main is **red**',
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All', 'X-Priority': '1 (Highest)', Importance: 'High' },
      tags: [{ name: 'delivery', value: 'dlv_1' }],
    },
  },
  plain: /^\/(subject|text)$/,
  accepted: { reply: { body: { id: '49a3999c' } }, receipt: { externalId: '49a3999c' } },
  failures: { 404: 'misconfigured', 409: 'rejected', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: (request.json() as Mail).subject, limit: 400, unit: 'chars' }],
})

const named = (name: string, message = 'No') => ({ statusCode: 0, name, message })

describeMailApi(resend, {
  settings,
  most: 50,
  read(request) {
    const { to, cc = [], bcc = [], subject, text } = request.json() as Mail
    return { to, cc, bcc, subject, text }
  },
  mailbox: (name, address) => `"${name.replaceAll('"', '\\"')}" <${address}>`,
  answers: [
    ['a wrong key', { status: 403, body: named('invalid_api_key') }, { failure: 'misconfigured', scope: 'target', code: 'resend_invalid_api_key' }],
    ['a bad sender', { status: 422, body: named('invalid_from_address') }, { failure: 'misconfigured', field: '/settings/from' }],
    [
      'a bad field',
      { status: 422, body: named('validation_error', 'Invalid `to` field') },
      { failure: 'rejected', message: expect.stringContaining('Invalid `to`') },
    ],
    ['a bad recipient', { status: 422, body: named('validation_error', 'Invalid `cc` field') }, { failure: 'rejected', scope: 'message', about: 'recipient' }],
    ['no key', { status: 400, body: named('missing_api_key') }, { failure: 'misconfigured', scope: 'target' }],
    ['the attempt before, still at work', { status: 409, body: named('concurrent_idempotent_requests') }, { failure: 'temporary', scope: 'message' }],
    ['another mail under the same key', { status: 409, body: named('invalid_idempotent_request') }, { failure: 'rejected' }],
    ['haste', { status: 429, headers: { 'retry-after': '1' }, body: named('rate_limit_exceeded') }, { failure: 'temporary', retryAfterMs: 1_000 }],
    ['a quota of a month', { status: 429, body: named('monthly_quota_exceeded') }, { failure: 'temporary', throttled: 'target', retryAfterMs: 24 * 3_600_000 }],
    ['a quota of a day', { status: 429, body: named('daily_quota_exceeded') }, { failure: 'temporary', throttled: 'target', retryAfterMs: 4 * 3_600_000 }],
    [
      'an unverified domain',
      { status: 403, body: named('validation_error', 'The example.com domain is not verified. Please, add and verify your domain') },
      { failure: 'misconfigured', scope: 'target', field: '/settings/from' },
    ],
    [
      'an account without a domain',
      { status: 403, body: named('validation_error', 'You can only send testing emails to your own email address') },
      { failure: 'misconfigured', scope: 'message', about: 'account' },
    ],
  ],
})

describe('resend', () => {
  let vendor: Receiver
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  beforeEach(async () => {
    vendor = await startReceiver()
  })
  afterEach(() => vendor.close())
  afterAll(() => http.close())

  it('is tested by the list of domains, and a key that may only send is a right one', async () => {
    const verify = () => resend.verify?.({ settings: settings(vendor.url), http, clock: () => NOW })
    await verify()
    expect(vendor.requests.map(({ method, path }) => [method, path])).toEqual([['GET', '/domains']])
    vendor.respond({ status: 401, body: named('restricted_api_key') })
    await verify()
    vendor.respond({ status: 401, body: named('invalid_api_key') })
    await expect(verify()).rejects.toMatchObject({ failure: 'misconfigured' })
  })

  it('reads its Apprise URL', () => {
    const parsed = (text: string) => resend.apprise?.parse(parseAppriseUrl(text)!)
    expect(parsed('resend://re_1:hub@carillon.example/ana@example.org')).toEqual({
      settings: { apiKey: 're_1', from: 'hub@carillon.example' },
      destination: { address: 'ana@example.org' },
    })
    expect(parsed('resend://re_1')).toContain('must look like')
  })
})
