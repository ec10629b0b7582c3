import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { HOUR } from '../../domain/time.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { createHttp } from '../kit/http.ts'
import { describeMailApi, type MailApiExample } from '../testing/describe-mail-api.ts'
import { describeProvider } from '../testing/describe-provider.ts'
import { exampleMessage, NOW } from '../testing/message.ts'
import { type Received, type Receiver, startReceiver } from '../testing/receiver.ts'
import { startTokenEndpoint, type TokenEndpoint } from '../testing/token-endpoint.ts'
import { graph } from './graph.ts'

const office = await startTokenEndpoint({ now: () => NOW })
afterAll(() => office.close())

const settings = (url: string): JsonObject => ({
  from: 'Bells <hub@carillon.example>',
  tenant: 'carillon.example',
  clientId: 'bells',
  clientSecret: 's3cret-of-bells',
  tokenUrl: office.tokenUrl,
  apiUrl: url,
})

/** The MIME text of a request. */
const mimeIn = ({ body }: Received): string => Buffer.from(body, 'base64').toString()

function headersIn(mime: string): Record<string, string> {
  const [head = ''] = mime.split('\r\n\r\n')
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
}

/** The texts of a mail by content type, decoded (RFC 2045, 6.7 and 6.8). */
function partsIn(mime: string): Record<string, string> {
  const boundary = /boundary="([^"]+)"/.exec(mime)?.[1]
  const pieces = boundary === undefined ? [mime] : mime.split(`--${boundary}`).slice(1, -1)
  return Object.fromEntries(
    pieces.map((piece) => {
      const [head = '', ...body] = piece.trimStart().split('\r\n\r\n')
      const type = /content-type: *([\w/]+)/i.exec(head)?.[1] ?? ''
      return [type, decoded(body.join('\r\n\r\n').replace(/\r\n$/, ''), /content-transfer-encoding: *([\w-]+)/i.exec(head)?.[1])]
    }),
  )
}

function decoded(text: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString().replaceAll('\r\n', '\n')
  const bytes = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const whole = encoding === 'quoted-printable' ? Buffer.from(bytes, 'latin1').toString() : text
  return whole.replaceAll('\r\n', '\n')
}

/** Commas between addresses, not inside a name. */
const listed = (text = ''): string[] => (text === '' ? [] : text.split(/, (?=(?:[^"]*"[^"]*")*[^"]*$)/))

describeProvider(graph, {
  given: (url) => ({ settings: { ...settings(url), replyTo: 'help@carillon.example' }, destination: { address: 'ana@example.org', name: 'Ana' } }),
  sends: {
    path: '/v1.0/users/hub%40carillon.example/sendMail',
    headers: { authorization: expect.stringMatching(/^Bearer s3cret-access-\d+$/) as unknown as string },
    type: 'text/plain',
    read: (request) => ({ ...headersIn(mimeIn(request)), ...partsIn(mimeIn(request)) }),
    json: {
      from: 'Bells <hub@carillon.example>',
      to: 'Ana <ana@example.org>',
      'reply-to': 'help@carillon.example',
      subject: 'Build 7 failed',
      'message-id': '<dlv_1@carillon.example>',
      date: 'Fri, 20 Nov 2026 10:00:00 +0000',
      'auto-submitted': 'auto-generated',
      'x-auto-response-suppress': 'All',
      'x-priority': '1 (Highest)',
      'x-msmail-priority': 'High',
      importance: 'High',
      'mime-version': '1.0',
      'content-type': expect.stringMatching(/^multipart\/alternative/),
      'text/plain': 'main is red',
      'text/html': expect.stringContaining('main is **red**'),
    },
  },
  plain: /./,
  accepted: { reply: { status: 202, body: '' }, receipt: { externalId: '<dlv_1@carillon.example>' } },
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits: () => [],
})

const said = (status: number, code: string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: { error: { code, message: 'said by the test' } },
})

type Answer = MailApiExample['answers'][number]

describeMailApi(graph, {
  settings,
  most: 500,
  blindOnly: true,
  text: mimeIn,
  read(request) {
    const mime = mimeIn(request)
    const { to, cc, bcc, subject = '' } = headersIn(mime)
    const text = /Content-Type: text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)(?:\r\n--|$)/i.exec(mime)?.[1] ?? ''
    return { to: listed(to), cc: listed(cc), bcc: listed(bcc), subject, text: text.trimEnd() }
  },
  mailbox: (name, address) => `"${name.replaceAll('"', '\\"')}" <${address}>`,
  answers: [
    ['another sender', said(403, 'ErrorSendAsDenied'), { failure: 'misconfigured', field: '/settings/from', code: 'ErrorSendAsDenied' }],
    ['a mailbox elsewhere', said(404, 'MailboxNotEnabledForRESTAPI'), { failure: 'misconfigured', field: '/settings/from' }],
    ['no mailbox', said(404, 'ErrorInvalidUser'), { failure: 'misconfigured', field: '/settings/from' }],
    [
      'no permission',
      said(403, 'ErrorAccessDenied'),
      { failure: 'misconfigured', field: '/settings/clientId', message: expect.stringContaining('the permission Mail.Send') },
    ],
    ['a used up day', said(429, 'ErrorExceededMessageLimit'), { failure: 'temporary', throttled: 'target', retryAfterMs: HOUR }],
    ['a used up day without 429', said(403, 'ErrorExceededMessageLimit'), { failure: 'temporary', throttled: 'target', retryAfterMs: HOUR }],
    ['too many at once', said(429, 'ApplicationThrottled', { 'retry-after': '9' }), { failure: 'temporary', throttled: 'target', retryAfterMs: 9_000 }],
    ['too large', said(400, 'ErrorMessageSizeExceeded'), { failure: 'rejected', scope: 'message' }],
    ['a bad recipient', said(400, 'ErrorInvalidRecipients'), { failure: 'rejected', scope: 'message', message: expect.stringContaining('said by the test') }],
    ['a full mailbox', said(507, 'ErrorQuotaExceeded'), { failure: 'temporary', field: '/settings/from' }],
    ['a busy server', said(400, 'ErrorServerBusy'), { failure: 'temporary' }],
    ...[
      'ErrorTooManyObjectsOpened',
      'ErrorMailboxStoreUnavailable',
      'ErrorMailboxMoveInProgress',
      'ErrorInternalServerTransientError',
      'ErrorTimeoutExpired',
    ].map((code): Answer => [code, said(400, code), { failure: 'temporary', throttled: undefined }]),
    ...['TooManyRequests', 'activityLimitReached'].map((code): Answer => [code, said(400, code), { failure: 'temporary', throttled: 'target' }]),
    ...['MailboxNotSupportedForRESTAPI', 'ErrorNonExistentMailbox', 'ResourceNotFound', 'Request_ResourceNotFound'].map(
      (code): Answer => [code, said(404, code), { failure: 'misconfigured', field: '/settings/from' }],
    ),
    ['a permission of the directory', said(403, 'Authorization_RequestDenied'), { failure: 'misconfigured', field: '/settings/clientId' }],
    ['an unknown code', said(400, 'SomethingNew'), { failure: 'rejected', code: 'SomethingNew' }],
  ],
})

describe('graph', () => {
  let now = NOW
  let vendor: Receiver
  let own: TokenEndpoint
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => now })
  beforeEach(async () => {
    now = NOW
    vendor = await startReceiver(({ headers }) => (own.accepts(String(headers.authorization).slice(7)) ? 202 : said(401, 'InvalidAuthenticationToken')))
    own = await startTokenEndpoint({ now: () => now, rotates: true })
  })
  afterEach(() => Promise.all([vendor.close(), own.close()]))
  afterAll(() => http.close())
  const given = (more: JsonObject = {}): JsonObject => ({ ...settings(vendor.url), tokenUrl: own.tokenUrl, ...more })
  const send = (form: JsonObject, destination: JsonObject = { address: 'ana@example.org' }) => {
    const delivery = { id: 'dlv_1', attempt: 1, createdAt: NOW }
    return graph.send({ settings: form, destination, message: exampleMessage(), delivery, http, clock: () => now })
  }

  it('asks for one token for all mails, and sends as the mailbox of the sender', async () => {
    const form = given()
    await Promise.all([send(form), send(form), send(form)])
    expect(own.asked).toEqual([
      { grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default', client_id: 'bells', client_secret: 's3cret-of-bells' },
    ])
    expect(vendor.requests.map(({ path }) => path)).toEqual(Array(3).fill('/v1.0/users/hub%40carillon.example/sendMail'))
  })

  it('sends with a refresh token as the person who signed in', async () => {
    await send(given({ refreshToken: own.refreshToken() }))
    expect(own.asked).toMatchObject([{ grant_type: 'refresh_token', scope: 'https://graph.microsoft.com/Mail.Send offline_access' }])
    expect(vendor.requests.map(({ path }) => path)).toEqual(['/v1.0/me/sendMail'])
  })

  it('renews a token that is no longer accepted, once', async () => {
    const form = given()
    await send(form)
    own.revoke(own.tokens[0]!)
    await send(form)
    expect(own.tokens).toHaveLength(2)
    own.revoke(own.tokens[1]!)
    await expect(send(form)).rejects.toMatchObject({ failure: 'misconfigured', status: 401, code: 'InvalidAuthenticationToken' })
    expect(own.tokens).toHaveLength(2)
    // One, then one more with the new token, and no second try with the one that was just refused.
    expect(vendor.requests).toHaveLength(1 + 2 + 1)
  })

  it('names nobody when everybody is a blind copy', async () => {
    await send(given(), { bcc: ['ana@example.org', 'ben@example.org'] })
    const headers = headersIn(mimeIn(vendor.requests[0]!))
    expect(headers).toMatchObject({ bcc: 'ana@example.org, ben@example.org' })
    expect(headers).not.toHaveProperty('to')
  })

  it('is tested by a body that cannot be sent', async () => {
    const verify = (form: JsonObject) => graph.verify?.({ settings: form, http, clock: () => now })
    vendor.respond(said(400, 'ErrorInvalidRequest'))
    await verify(given())
    expect(vendor.requests.map(({ body }) => body)).toEqual(['-'])
    vendor.respond(said(403, 'ErrorAccessDenied'))
    await expect(verify(given())).rejects.toMatchObject({ failure: 'misconfigured', field: '/settings/clientId' })
    await expect(verify(given({ clientSecret: 's3cret-other' }))).rejects.toMatchObject({ field: '/settings/clientSecret' })
  })

  it.each([
    ['global', 'https://login.microsoftonline.com', 'https://graph.microsoft.com'],
    ['us_government', 'https://login.microsoftonline.us', 'https://graph.microsoft.us'],
    ['us_defense', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
    ['china', 'https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'],
  ])('signs in and sends where the cloud %s is', async (cloud, login, api) => {
    const asked: [url: string, scope: string | null][] = []
    const door = {
      ...http,
      request: async (url: string, { body }: { body?: string | Buffer } = {}) => {
        asked.push([url, new URLSearchParams(String(body)).get('scope')])
        const answer = { access_token: 'x', token_type: 'Bearer', expires_in: 1 }
        return { status: url.includes('/oauth2/') ? 200 : 202, headers: {}, text: JSON.stringify(answer), json: () => answer }
      },
    }
    const { apiUrl: _, tokenUrl: __, ...rest } = given()
    await graph.verify?.({ settings: { ...rest, cloud }, http: door, clock: () => now })
    expect(asked).toEqual([
      [`${login}/carillon.example/oauth2/v2.0/token`, `${api}/.default`],
      [`${api}/v1.0/users/hub%40carillon.example/sendMail`, null],
    ])
  })

  it('names what is missing in its form', () => {
    const pointers = (form: JsonObject) => graph.check({ settings: form }).map(({ pointer }) => pointer)
    const { tokenUrl: _, ...form } = given()
    expect(pointers(form)).toEqual([])
    for (const tenant of ['common', 'organizations', 'consumers', 'Common']) expect(pointers({ ...form, tenant })).toEqual(['/settings/tenant'])
    expect(pointers({ ...form, tenant: 'common', refreshToken: 's3cret' })).toEqual([])
    const { clientSecret: __, ...without } = form
    expect(pointers(without)).toEqual(['/settings/refreshToken'])
  })
})
