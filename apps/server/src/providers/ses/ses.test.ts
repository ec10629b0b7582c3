import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { parseAppriseUrl } from '../kit/apprise-url.ts'
import { createHttp } from '../kit/http.ts'
import { describeMailApi } from '../testing/describe-mail-api.ts'
import { describeProvider } from '../testing/describe-provider.ts'
import { exampleMessage, NOW } from '../testing/message.ts'
import { type Receiver, startReceiver } from '../testing/receiver.ts'
import { signAws } from './aws-signature.ts'
import { ses } from './ses.ts'

interface Mail {
  Destination: { ToAddresses?: string[]; CcAddresses?: string[]; BccAddresses?: string[] }
  Content: { Simple: { Subject: { Data: string }; Body: { Text: { Data: string } } } }
}

const settings = (url: string): JsonObject => ({
  region: 'eu-central-1',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 's3cret/key+of/aws',
  from: 'Bells <hub@carillon.example>',
  apiUrl: url,
})
const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' })

describeProvider(ses, {
  given: (url) => ({
    settings: { ...settings(url), replyTo: 'help@carillon.example', configurationSet: 'bells' },
    destination: { address: 'ana@example.org', name: 'Ana' },
  }),
  sends: {
    path: '/v2/email/outbound-emails',
    headers: { 'x-amz-date': '20261120T100000Z' },
    json: {
      FromEmailAddress: '"Bells" <hub@carillon.example>',
      Destination: { ToAddresses: ['"Ana" <ana@example.org>'] },
      ReplyToAddresses: ['help@carillon.example'],
      Content: {
        Simple: {
          Subject: utf8('Build 7 failed'),
          Body: { Text: utf8('main is red'), Html: utf8('main is **red**') },
          Headers: [
            { Name: 'Auto-Submitted', Value: 'auto-generated' },
            { Name: 'X-Auto-Response-Suppress', Value: 'All' },
            { Name: 'X-Priority', Value: '1 (Highest)' },
            { Name: 'Importance', Value: 'High' },
          ],
        },
      },
      EmailTags: [{ Name: 'delivery', Value: 'dlv_1' }],
      ConfigurationSetName: 'bells',
    },
  },
  plain: /\/(Subject|Text)\/Data$/,
  accepted: { reply: { body: { MessageId: '0100018f' } }, receipt: { externalId: '0100018f' } },
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: (request.json() as Mail).Content.Simple.Subject.Data, limit: 400, unit: 'chars' }],
})

const type = (name: string, message = 'No', status = 400) => ({
  status,
  headers: { 'x-amzn-errortype': `${name}:http://internal.amazon.com/` },
  body: { message },
})

describeMailApi(ses, {
  settings,
  most: 50,
  read(request) {
    const { Destination: to, Content } = request.json() as Mail
    const { Subject, Body } = Content.Simple
    return { to: to.ToAddresses ?? [], cc: to.CcAddresses ?? [], bcc: to.BccAddresses ?? [], subject: Subject.Data, text: Body.Text.Data }
  },
  mailbox: (name, address) => `"${name.replaceAll('"', '\\"')}" <${address}>`,
  blindOnly: true,
  answers: [
    ['a wrong signature', type('SignatureDoesNotMatch', 'x', 403), { failure: 'misconfigured', scope: 'target' }],
    ['throttling', type('TooManyRequestsException', 'Maximum sending rate exceeded.', 429), { failure: 'temporary', code: 'ses_TooManyRequestsException' }],
    ['a limit', type('LimitExceededException'), { failure: 'temporary', throttled: 'target' }],
    [
      'a type in the body',
      { status: 400, body: { __type: 'com.amazonaws.ses#ThrottlingException' } },
      { failure: 'temporary', throttled: 'target', code: 'ses_ThrottlingException' },
    ],
    ['a rejected message', type('MessageRejected', 'Email contains a virus'), { failure: 'rejected', scope: 'message', code: 'ses_MessageRejected' }],
    ['an unverified address', type('MessageRejected', 'Email address is not verified.'), { failure: 'misconfigured', scope: 'message' }],
    [
      'an unverified sender',
      type('MessageRejected', 'Email address is not verified. The following identities failed the check in region EU-WEST-1: hub@carillon.example'),
      { failure: 'misconfigured', scope: 'target', about: 'sender', field: '/settings/from' },
    ],
    [
      'a paused account in words',
      type('MessageRejected', 'Sending suspended for this account.'),
      { failure: 'misconfigured', scope: 'target', about: 'account' },
    ],
    ['a paused account', type('AccountSendingPausedException'), { failure: 'misconfigured', scope: 'target' }],
    [
      'the quota of a day',
      type('TooManyRequestsException', 'Daily message quota exceeded.', 429),
      { failure: 'temporary', throttled: 'target', retryAfterMs: 4 * 3_600_000 },
    ],
    ['an unknown configuration set', type('ConfigurationSetDoesNotExistException'), { failure: 'misconfigured', scope: 'target' }],
    ['what is not there', type('NotFoundException'), { failure: 'misconfigured', scope: 'target' }],
    ['a suspended account', type('AccountSuspendedException'), { failure: 'misconfigured', scope: 'target' }],
    ['paused sending', type('SendingPausedException'), { failure: 'misconfigured' }],
    ['an unverified domain', type('MailFromDomainNotVerifiedException'), { failure: 'misconfigured', field: '/settings/from' }],
  ],
})

describe('ses', () => {
  let vendor: Receiver
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  beforeEach(async () => {
    vendor = await startReceiver()
  })
  afterEach(() => vendor.close())
  afterAll(() => http.close())
  const sendTo = (name: string) => {
    const job = { message: exampleMessage(), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http, clock: () => NOW }
    return ses.send({ ...job, settings: settings(vendor.url), destination: { address: 'ana@example.org', name } })
  }

  it('signs exactly what arrives', async () => {
    await sendTo('Ana')
    const { method, path, headers, body } = vendor.requests[0]!
    const own = { region: 'eu-central-1', service: 'ses', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 's3cret/key+of/aws', now: NOW }
    const url = `http://${headers.host}${path}`
    expect(headers.authorization).toBe(signAws({ method, url, body, headers: { 'content-type': headers['content-type'] ?? '' }, ...own })['authorization'])
  })

  it('writes a name in another alphabet as encoded words that no cut goes through', async () => {
    const name = 'Škoda 日本語のとても長い名前 👩‍👩‍👧‍👦 и ещё'
    await sendTo(name)
    const [to = ''] = (vendor.requests[0]!.json() as Mail).Destination.ToAddresses ?? []
    const words = [...to.matchAll(/=\?UTF-8\?B\?([A-Za-z0-9+/=]+)\?=/g)]
    expect(words.length).toBeGreaterThan(1)
    expect(Math.max(...words.map(([word]) => word.length))).toBeLessThanOrEqual(75)
    expect(words.map(([, text]) => Buffer.from(text!, 'base64').toString()).join('')).toBe(name)
    expect(to).toMatch(/^[\u0020-\u007e]* <ana@example\.org>$/)
  })

  it('is tested by the account, which a user who may only send is rightly denied', async () => {
    const verify = () => ses.verify?.({ settings: settings(vendor.url), http, clock: () => NOW })
    await verify()
    expect(vendor.requests.map(({ method, path }) => [method, path])).toEqual([['GET', '/v2/email/account']])
    vendor.respond(type('AccessDeniedException', 'is not authorized to perform: ses:GetAccount', 403))
    await verify()
    vendor.respond(type('InvalidSignatureException', 'x', 403))
    await expect(verify()).rejects.toMatchObject({ failure: 'misconfigured', code: 'ses_InvalidSignatureException' })
  })

  it('reads its Apprise URL, a secret with slashes included', () => {
    const parsed = (text: string) => ses.apprise?.parse(parseAppriseUrl(text)!)
    expect(parsed('ses://hub@carillon.example/AKIAIOSFODNN7EXAMPLE/a/b+c/us-west-2/ana@example.org')).toEqual({
      settings: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'a/b+c', region: 'us-west-2', from: 'hub@carillon.example' },
      destination: { address: 'ana@example.org' },
    })
    expect(parsed('ses://hub@carillon.example/AKIA/us-west-2')).toContain('must look like')
  })
})
