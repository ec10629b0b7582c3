import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { createOutbound, parseAllowList } from '../security/outbound.ts'
import { createHttp } from './kit/http.ts'
import { postmark } from './postmark.ts'
import { describeMailApi } from './testing/describe-mail-api.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { exampleMessage, NOW } from './testing/message.ts'
import { type Receiver, startReceiver } from './testing/receiver.ts'

interface Mail {
  To: string
  Cc?: string
  Bcc?: string
  Subject: string
  TextBody: string
}

const settings = (url: string): JsonObject => ({ serverToken: 's3cret-token', from: 'Bells <hub@carillon.example>', apiUrl: url })
const split = (list = '') => list.split(', ').filter((one) => one !== '')

describeProvider(postmark, {
  given: (url) => ({ settings: { ...settings(url), replyTo: 'help@carillon.example' }, destination: { address: 'ana@example.org', name: 'Ana' } }),
  sends: {
    path: '/email',
    headers: { 'x-postmark-server-token': 's3cret-token' },
    json: {
      From: '"Bells" <hub@carillon.example>',
      To: '"Ana" <ana@example.org>',
      ReplyTo: 'help@carillon.example',
      Subject: 'Build 7 failed',
      TextBody: 'main is red',
      HtmlBody: 'main is **red**',
      MessageStream: 'outbound',
      Headers: [
        { Name: 'Message-ID', Value: '<dlv_1@carillon.example>' },
        { Name: 'X-PM-KeepID', Value: 'true' },
        { Name: 'Auto-Submitted', Value: 'auto-generated' },
        { Name: 'X-Auto-Response-Suppress', Value: 'All' },
        { Name: 'X-Priority', Value: '1 (Highest)' },
        { Name: 'Importance', Value: 'High' },
      ],
      Metadata: { delivery: 'dlv_1' },
    },
  },
  plain: /^\/(Subject|TextBody)$/,
  accepted: { reply: { body: { ErrorCode: 0, Message: 'OK', MessageID: 'b7bc2f4a' } }, receipt: { externalId: 'b7bc2f4a' } },
  lies: [{ ErrorCode: 406, Message: 'inactive' }],
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: (request.json() as Mail).Subject, limit: 400, unit: 'chars' }],
})

const code = (ErrorCode: number, Message = 'No') => ({ ErrorCode, Message })

describeMailApi(postmark, {
  settings,
  most: 50,
  read(request) {
    const { To, Cc, Bcc, Subject, TextBody } = request.json() as Mail
    return { to: split(To), cc: split(Cc), bcc: split(Bcc), subject: Subject, text: TextBody }
  },
  mailbox: (name, address) => `"${name.replaceAll('"', '\\"')}" <${address}>`,
  answers: [
    ['a wrong token', { status: 401, body: code(10) }, { failure: 'misconfigured', scope: 'target', code: 'postmark_10' }],
    ['a bad address', { status: 422, body: code(300) }, { failure: 'rejected', scope: 'message', code: 'postmark_300' }],
    [
      'an unconfirmed sender',
      { status: 422, body: code(401, 'not a confirmed signature') },
      { failure: 'misconfigured', message: expect.stringContaining('confirmed'), field: '/settings/from' },
    ],
    [
      'a sender that is no address',
      { status: 422, body: code(300, "Error parsing 'From': Illegal email address 'x'.") },
      { failure: 'misconfigured', scope: 'target', field: '/settings/from' },
    ],
    [
      'a recipient that is no address',
      { status: 422, body: code(300, "Error parsing 'To': Illegal email domain 'x'.") },
      { failure: 'rejected', about: 'recipient' },
    ],
    ['an account that waits for approval', { status: 422, body: code(412) }, { failure: 'misconfigured', scope: 'target', about: 'account' }],
    ['an account that may not send', { status: 422, body: code(413) }, { failure: 'misconfigured', scope: 'target', about: 'account' }],
    ['an unknown stream', { status: 422, body: code(1235) }, { failure: 'misconfigured', field: '/settings/messageStream' }],
    ['an archived stream', { status: 422, body: code(1236) }, { failure: 'misconfigured', field: '/settings/messageStream' }],
    ['an unknown sender', { status: 422, body: code(400) }, { failure: 'misconfigured', scope: 'target', about: 'sender', field: '/settings/from' }],
    ['maintenance', { status: 422, body: code(100) }, { failure: 'temporary' }],
    [
      'a sender that is no address, in words that name the recipients too',
      { status: 422, body: code(300, "Invalid 'From' address, 'To' was not looked at.") },
      { failure: 'misconfigured', about: 'sender', field: '/settings/from' },
    ],
    ['an empty account', { status: 422, body: code(405) }, { failure: 'misconfigured' }],
    ['somebody who bounced', { status: 422, body: code(406) }, { failure: 'unreachable', scope: 'message', code: 'postmark_406' }],
    ['a no in a 200', { status: 200, body: code(406) }, { failure: 'unreachable', status: 200 }],
    ['a code nobody listed in a 200', { status: 200, body: code(999) }, { failure: 'rejected', code: 'postmark_999' }],
  ],
})

describe('postmark', () => {
  let vendor: Receiver
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  beforeEach(async () => {
    vendor = await startReceiver()
  })
  afterEach(() => vendor.close())
  afterAll(() => http.close())

  it('remarks whom Postmark left out', async () => {
    const Message = 'Message OK, but will not deliver to these inactive addresses: ben@example.org'
    vendor.respond({ body: { ErrorCode: 0, Message, MessageID: 'b7' } })
    const destination = { to: ['ana@example.org', 'ben@example.org'] }
    const job = { destination, message: exampleMessage(), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http, clock: () => NOW }
    expect(await postmark.send({ ...job, settings: settings(vendor.url) })).toEqual({ externalId: 'b7', note: Message })
  })

  it('is tested by the page of the server that the token belongs to', async () => {
    await postmark.verify?.({ settings: settings(vendor.url), http, clock: () => NOW })
    expect(vendor.requests.map(({ method, path }) => [method, path])).toEqual([['GET', '/server']])
    vendor.respond(401)
    await expect(postmark.verify?.({ settings: settings(vendor.url), http, clock: () => NOW })).rejects.toMatchObject({ failure: 'misconfigured' })
  })
})
