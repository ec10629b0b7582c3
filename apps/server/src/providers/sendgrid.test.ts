import { afterAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { createOutbound, parseAllowList } from '../security/outbound.ts'
import { parseAppriseUrl } from './kit/apprise-url.ts'
import { createHttp } from './kit/http.ts'
import { sendgrid } from './sendgrid.ts'
import { describeMailApi } from './testing/describe-mail-api.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { NOW } from './testing/message.ts'
import { startReceiver } from './testing/receiver.ts'

interface Person {
  email: string
  name?: string
}
interface Mail {
  personalizations: [{ to: Person[]; cc?: Person[]; bcc?: Person[] }]
  subject: string
  content: { value: string }[]
}

const settings = (url: string): JsonObject => ({ apiKey: 's3cret-SG', from: 'Bells <hub@carillon.example>', apiUrl: url })
const shown = (people: Person[] = []) => people.map(({ name, email }) => (name === undefined ? email : `${name} / ${email}`))

describeProvider(sendgrid, {
  given: (url) => ({ settings: { ...settings(url), replyTo: 'help@carillon.example' }, destination: { address: 'ana@example.org', name: 'Lovelace, Ana; A' } }),
  sends: {
    path: '/v3/mail/send',
    headers: { authorization: 'Bearer s3cret-SG' },
    json: {
      personalizations: [{ to: [{ email: 'ana@example.org', name: 'Lovelace  Ana  A' }] }],
      from: { email: 'hub@carillon.example', name: 'Bells' },
      reply_to: { email: 'help@carillon.example' },
      subject: 'Build 7 failed',
      content: [
        { type: 'text/plain', value: 'main is red' },
        { type: 'text/html', value: 'main is **red**' },
      ],
      headers: {
        'Message-ID': '<dlv_1@carillon.example>',
        'Auto-Submitted': 'auto-generated',
        'X-Auto-Response-Suppress': 'All',
        'X-Priority': '1 (Highest)',
        Importance: 'High',
      },
      custom_args: { delivery: 'dlv_1' },
    },
  },
  plain: /^\/(subject|content\/0\/value)$/,
  accepted: { reply: { status: 202, headers: { 'x-message-id': '14c5d75ce93' } }, receipt: { externalId: '14c5d75ce93' } },
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: (request.json() as Mail).subject, limit: 400, unit: 'chars' }],
})

const errors = (message: string) => ({ errors: [{ message, field: null, help: null }] })

describeMailApi(sendgrid, {
  settings,
  most: 1000,
  read(request) {
    const { personalizations, subject, content } = request.json() as Mail
    const { to, cc, bcc } = personalizations[0]
    return { to: shown(to), cc: shown(cc), bcc: shown(bcc), subject, text: content[0]!.value }
  },
  mailbox: (name, address) => `${name} / ${address}`,
  answers: [
    ['a wrong key', { status: 401, body: errors('authorization required') }, { failure: 'misconfigured', scope: 'target' }],
    ['a used-up quota', { status: 401, body: errors('Maximum credits exceeded') }, { failure: 'temporary', throttled: 'target', retryAfterMs: 14 * 3_600_000 }],
    [
      'an unknown sender',
      { status: 403, body: errors('The from address does not match a verified Sender Identity.') },
      { failure: 'misconfigured', message: expect.stringContaining('verified Sender Identity'), field: '/settings/from' },
    ],
    [
      'a sender that is no address',
      { status: 400, body: { errors: [{ message: 'Does not contain a valid address.', field: 'from.email' }] } },
      { failure: 'misconfigured', scope: 'target', about: 'sender', field: '/settings/from' },
    ],
    [
      'a recipient that is no address',
      { status: 400, body: { errors: [{ message: 'Does not contain a valid address.', field: 'personalizations.0.to.0.email' }] } },
      { failure: 'rejected', scope: 'message', about: 'recipient' },
    ],
    [
      'a blind copy that is no address',
      { status: 400, body: { errors: [{ message: 'Does not contain a valid address.', field: 'personalizations.0.bcc.1.email' }] } },
      { failure: 'rejected', about: 'recipient' },
    ],
    [
      'a field that is named in another refusal',
      { status: 403, body: { errors: [{ message: 'No access', field: 'from' }] } },
      { failure: 'misconfigured', field: undefined },
    ],
    ['a bad field', { status: 400, body: errors('Does not contain a valid address.') }, { failure: 'rejected', scope: 'message' }],
    ['a reset in seconds', { status: 429, headers: { 'x-ratelimit-reset': String(NOW / 1000 + 90) } }, { failure: 'temporary', retryAfterMs: 90_000 }],
    ['a 429 without headers', { status: 429, body: errors('too many requests') }, { failure: 'temporary', retryAfterMs: undefined }],
  ],
})

describe('sendgrid', () => {
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  afterAll(() => http.close())

  it('is tested in sandbox mode, where nothing is sent', async () => {
    const vendor = await startReceiver()
    await sendgrid.verify?.({ settings: settings(vendor.url), http, clock: () => NOW })
    expect(vendor.requests[0]?.json()).toMatchObject({ mail_settings: { sandbox_mode: { enable: true } } })
    vendor.respond(403)
    await expect(sendgrid.verify?.({ settings: settings(vendor.url), http, clock: () => NOW })).rejects.toMatchObject({ failure: 'misconfigured' })
    await vendor.close()
  })

  it('takes a sender in ASCII only', () => {
    const pointers = (from: string) => sendgrid.check({ settings: { apiKey: 'x', from } }).map(({ pointer }) => pointer)
    expect(pointers('böse@example.com')).toEqual(['/settings/from'])
    expect(pointers('hub@bücher.example')).toEqual([])
  })

  it('reads its Apprise URL', () => {
    const parsed = (text: string) => sendgrid.apprise?.parse(parseAppriseUrl(text)!)
    expect(parsed('sendgrid://SG.x:hub@carillon.example/ana@example.org')).toEqual({
      settings: { apiKey: 'SG.x', from: 'hub@carillon.example' },
      destination: { address: 'ana@example.org' },
    })
    expect(parsed('sendgrid://SG.x:hub@carillon.example')).toMatchObject({ destination: { address: 'hub@carillon.example' } })
    expect(parsed('sendgrid://SG.x/ana@example.org')).toContain('must look like')
  })
})
