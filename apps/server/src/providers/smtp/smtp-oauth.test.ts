import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { HOUR, MINUTE } from '../../domain/time.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import type { KeptSecrets } from '../kit/contract.ts'
import { createHttp } from '../kit/http.ts'
import { closedAfterEach } from '../testing/closing.ts'
import { startHostile } from '../testing/hostile.ts'
import { exampleMessage, NOW } from '../testing/message.ts'
import { refusal } from '../testing/refusal.ts'
import { type SmtpReceiver, startSmtpReceiver } from '../testing/smtp-receiver.ts'
import { startTokenEndpoint, type TokenEndpoint, type TokenEndpointOptions } from '../testing/token-endpoint.ts'
import { smtp } from './smtp.ts'

const closing = closedAfterEach()

let now = NOW
let office: TokenEndpoint
let server: SmtpReceiver
beforeEach(async () => {
  now = NOW
  await open()
})

async function open(options: TokenEndpointOptions = {}, challenge = false) {
  office = await startTokenEndpoint({ now: () => now, ...options })
  server = await startSmtpReceiver({ oauth: { accepts: (user, token) => user === 'ana@example.org' && office.accepts(token), challenge } })
  closing.push(office.close, server.close)
}

const http = () => {
  const door = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => now })
  closing.push(door.close)
  return door
}

const settingsOf = (more: JsonObject = {}): JsonObject => ({
  host: '127.0.0.1',
  port: server.port,
  security: 'none',
  from: 'Bells <ana@example.org>',
  auth: 'oauth2',
  oauthService: 'other',
  clientId: 'bells',
  clientSecret: 's3cret-of-bells',
  refreshToken: office.refreshToken(),
  tokenUrl: office.tokenUrl,
  ...more,
})

function send(settings: JsonObject, kept?: KeptSecrets) {
  closing.push(() => smtp.dispose(settings))
  const delivery = { id: 'dlv_1', attempt: 1, createdAt: NOW }
  return smtp.send({ settings, destination: { address: 'ben@example.org' }, message: exampleMessage(), delivery, http: http(), clock: () => now, kept })
}

/** The secrets of one connection, as the storage keeps them. */
function storedIn(settings: JsonObject): KeptSecrets & { value: string | null } {
  const row = {
    value: String(settings['refreshToken']) as string | null,
    read: async () => row.value,
    async replace(_field: string, from: string, to: string) {
      if (row.value !== from) return false
      row.value = to
      return true
    },
  }
  return row
}

describe('XOAUTH2', () => {
  it('signs in as the mailbox with a token of the refresh token grant', async () => {
    await send(settingsOf())
    expect(server.mails).toMatchObject([{ user: 'ana@example.org' }])
    expect(office.asked).toEqual([{ grant_type: 'refresh_token', refresh_token: 's3cret-refresh-1', client_id: 'bells', client_secret: 's3cret-of-bells' }])
  })

  it('signs in with a token of the client credentials grant, and asks for the scope that is set', async () => {
    const { refreshToken: _, ...app } = settingsOf({ scope: 'mail.send', from: 'hub@example.org', username: 'ana@example.org' })
    await send(app)
    expect(server.mails).toMatchObject([{ user: 'ana@example.org', from: 'hub@example.org' }])
    expect(office.asked).toEqual([{ grant_type: 'client_credentials', scope: 'mail.send', client_id: 'bells', client_secret: 's3cret-of-bells' }])
  })

  it('asks without a secret for an application that has none', async () => {
    const { clientSecret: _, ...app } = settingsOf()
    office.refuse({ body: { access_token: 'x', token_type: 'Bearer', expires_in: 60 } })
    await refusal(send(app))
    expect(office.asked[0]).toEqual({ grant_type: 'refresh_token', refresh_token: 's3cret-refresh-1', client_id: 'bells' })
  })

  it('asks for one token however many mails there are, and for the next before it expires', async () => {
    const settings = settingsOf()
    await Promise.all([send(settings), send(settings), send(settings), send(settings)])
    await smtp.dispose(settings)
    now += HOUR - 6 * MINUTE
    await send(settings)
    expect(office.tokens).toHaveLength(1)
    await smtp.dispose(settings)
    now += 2 * MINUTE
    await send(settings)
    expect(office.tokens).toHaveLength(2)
    expect(server.mails).toHaveLength(6)
  })

  it.each([
    ['with a challenge, as Google does', true],
    ['at once, as Exchange does', false],
  ])('renews once and tries once more when the server refuses a token %s', async (_how, challenge) => {
    await open({}, challenge)
    const settings = settingsOf()
    await send(settings)
    await smtp.dispose(settings)
    office.revoke(office.tokens[0]!)
    await send(settings)
    expect([office.tokens.length, server.mails.length]).toEqual([2, 2])
  })

  it.each([true, false])('blames the mailbox when a new token is refused too (challenge: %s)', async (challenge) => {
    await open({}, challenge)
    const error = await refusal(send(settingsOf({ username: 'eve@example.org' })))
    expect(error).toMatchObject({ failure: 'misconfigured', scope: 'target', code: 'smtp_535', field: '/settings/username' })
    expect(error.message).toContain('does not accept the access token for eve@example.org')
    expect(office.tokens).toHaveLength(2)
  })

  it('is verified without a message', async () => {
    const verify = (settings: JsonObject) => smtp.verify?.({ settings, http: http(), clock: () => now })
    await verify(settingsOf())
    expect(server.mails).toEqual([])
    expect(await refusal(verify(settingsOf({ refreshToken: 's3cret-old' })))).toMatchObject({ failure: 'misconfigured', field: '/settings/refreshToken' })
  })
})

describe('a token endpoint', () => {
  it.each<[string, { status: number; headers?: Record<string, string>; body?: object | string }, object]>([
    ['invalid_grant', { status: 400, body: { error: 'invalid_grant' } }, { failure: 'misconfigured', field: '/settings/refreshToken', code: 'invalid_grant' }],
    ['invalid_client', { status: 401, body: { error: 'invalid_client' } }, { failure: 'misconfigured', field: '/settings/clientSecret' }],
    [
      'invalid_client with a challenge',
      { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' }, body: { error: 'invalid_client' } },
      { failure: 'misconfigured', field: '/settings/clientSecret' },
    ],
    ['an unknown client without a word', { status: 401, body: '' }, { failure: 'misconfigured', field: '/settings/clientSecret' }],
    ['unauthorized_client', { status: 400, body: { error: 'unauthorized_client' } }, { failure: 'misconfigured', field: '/settings/clientId' }],
    ['invalid_scope', { status: 400, body: { error: 'invalid_scope' } }, { failure: 'misconfigured', field: '/settings/clientId' }],
    ['a client that was deleted', { status: 401, body: { error: 'deleted_client' } }, { failure: 'misconfigured', field: '/settings/clientId' }],
    ['a client that was disabled', { status: 401, body: { error: 'disabled_client' } }, { failure: 'misconfigured', field: '/settings/clientId' }],
    ['a policy of the organisation', { status: 400, body: { error: 'admin_policy_enforced' } }, { failure: 'misconfigured', field: '/settings/clientId' }],
    ['an application of another organisation', { status: 403, body: { error: 'org_internal' } }, { failure: 'misconfigured', field: '/settings/clientId' }],
    ['a person who has to sign in', { status: 400, body: { error: 'interaction_required' } }, { failure: 'misconfigured', field: '/settings/refreshToken' }],
    ['a person who has to consent', { status: 400, body: { error: 'consent_required' } }, { failure: 'misconfigured', field: '/settings/refreshToken' }],
    ['a scope of nowhere', { status: 400, body: { error: 'invalid_resource' } }, { failure: 'misconfigured', field: '/settings/scope' }],
    ['another word below a 401', { status: 401, body: { error: 'something_new' } }, { failure: 'misconfigured', field: undefined }],
    ['a timeout of its own', { status: 408, body: {} }, { failure: 'temporary' }],
    ['server_error', { status: 400, body: { error: 'server_error' } }, { failure: 'temporary', code: 'server_error' }],
    ['slow_down', { status: 400, body: { error: 'slow_down' } }, { failure: 'temporary' }],
    ['another refusal', { status: 400, body: { error: 'invalid_request' } }, { failure: 'misconfigured', field: undefined }],
    ['429', { status: 429, headers: { 'retry-after': '7' }, body: {} }, { failure: 'temporary', retryAfterMs: 7_000 }],
    ['503 as a page', { status: 503, body: '<html>' }, { failure: 'temporary', status: 503 }],
    ['temporarily_unavailable', { status: 400, body: { error: 'temporarily_unavailable' } }, { failure: 'temporary' }],
    ['a 200 without a token', { status: 200, body: { ok: true } }, { failure: 'temporary', code: 'bad_answer' }],
    ['a 200 that is no JSON', { status: 200, body: 'hello' }, { failure: 'temporary', code: 'bad_answer' }],
    ['a redirect', { status: 302, headers: { location: 'https://login.example' }, body: '' }, { failure: 'misconfigured', code: 'redirect' }],
    [
      'what repeats the secrets',
      { status: 400, body: { error: 'invalid_grant', error_description: 's3cret-refresh-1 and s3cret-of-bells' } },
      { failure: 'misconfigured' },
    ],
  ])('is understood: %s', async (_what, reply, expected) => {
    office.refuse(reply)
    expect(await refusal(send(settingsOf()))).toMatchObject({ scope: 'target', maybeDelivered: false, ...expected })
    expect(server.mails).toEqual([])
    office.refuse(undefined)
    await send(settingsOf())
    expect(server.mails).toHaveLength(1)
  })

  it('that refuses the grant of an application without a refresh token asks for its secret', async () => {
    const { refreshToken: _, ...app } = settingsOf()
    office.refuse({ status: 400, body: { error: 'invalid_grant' } })
    expect(await refusal(send(app))).toMatchObject({ failure: 'misconfigured', field: '/settings/clientSecret', code: 'invalid_grant' })
  })

  it('says what to do when the consent has ended', async () => {
    office.refuse({ status: 400, body: { error: 'invalid_grant', error_description: 'AADSTS700082: The refresh token has expired.' } })
    const { message } = await refusal(send(settingsOf()))
    expect(message).toBe(`${office.url} answered 400: AADSTS700082: The refresh token has expired.; sign in again and store the new refresh token`)
  })

  it('that is down is tried again later, without blame for the settings', async () => {
    const settings = settingsOf()
    await office.close()
    expect(await refusal(send(settings))).toMatchObject({ failure: 'temporary', code: 'refused', field: undefined, maybeDelivered: false })
  })

  it('that is silent has no message, so another connection may send it', async () => {
    const silent = await startHostile('stall')
    const impatient = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => now, deadlineMs: 200 })
    closing.push(impatient.close, silent.close)
    const verified = smtp.verify?.({ settings: settingsOf({ tokenUrl: `${silent.url}/token` }), http: impatient, clock: () => now })
    expect(await refusal(verified)).toMatchObject({ failure: 'temporary', code: 'timeout', maybeDelivered: false })
  })

  it('is called through the outbound guard', async () => {
    const guarded = createHttp({ outbound: createOutbound({ allow: parseAllowList(`127.0.0.1:${server.port}`) }), clock: () => now })
    closing.push(guarded.close)
    expect(await refusal(smtp.verify?.({ settings: settingsOf(), http: guarded, clock: () => now }))).toMatchObject({
      failure: 'misconfigured',
      code: 'address_not_allowed',
    })
    expect(office.connections()).toBe(0)
  })

  it('that sends an ID token too, of an issuer nobody knows, is believed', async () => {
    office.refuse({ body: { access_token: 'x', token_type: 'Bearer', expires_in: 60, id_token: 'a.b.c' } })
    expect(await refusal(send(settingsOf()))).toMatchObject({ code: 'smtp_535' })
  })
})

describe('a rotated refresh token', () => {
  beforeEach(() => open({ rotates: true }))
  const later = () => {
    now += HOUR
  }

  it('is stored, and the next one follows it', async () => {
    const settings = settingsOf()
    const kept = storedIn(settings)
    for (const rotation of [2, 3, 4]) {
      await send(settings, kept)
      expect(kept.value).toBe(`s3cret-refresh-${rotation}`)
      await smtp.dispose(settings)
      later()
    }
    expect(server.mails).toHaveLength(3)
  })

  it('is used by another node, which finds it stored', async () => {
    const [one, other] = [settingsOf(), settingsOf({ scope: 'a node of its own' })]
    const kept = storedIn(one)
    await send(one, kept)
    await send(other, kept)
    later()
    await smtp.dispose(one)
    await send(one, kept)
    expect([server.mails.length, kept.value]).toEqual([3, 's3cret-refresh-4'])
  })

  it('of another node is used at once when that node was faster by a moment', async () => {
    const [one, other] = [settingsOf(), settingsOf({ scope: 'a node of its own' })]
    const kept = storedIn(one)
    let first = true
    office.refuse(async () => {
      if (!first) return undefined
      first = false
      await send(other, kept)
      return undefined
    })
    await send(one, kept)
    expect(server.mails).toHaveLength(2)
    expect(office.asked.map(({ refresh_token }) => refresh_token)).toEqual(['s3cret-refresh-1', 's3cret-refresh-1', 's3cret-refresh-2'])
    expect(kept.value).toBe('s3cret-refresh-3')
  })

  it('costs no token when the settings are read again', async () => {
    const settings = settingsOf()
    const kept = storedIn(settings)
    await send(settings, kept)
    await send({ ...settings, refreshToken: String(kept.value) }, kept)
    expect(office.tokens).toHaveLength(1)
  })

  it('that could not be stored is stored with the next sign-in', async () => {
    const settings = settingsOf()
    const kept = storedIn(settings)
    const broken = { read: () => Promise.reject(new Error('away')), replace: () => Promise.reject(new Error('away')) }
    await send(settings, broken)
    expect(kept.value).toBe('s3cret-refresh-1')
    await smtp.dispose(settings)
    await send(settings, kept)
    expect(kept.value).toBe('s3cret-refresh-2')
  })

  it('replaces nothing that a person stored meanwhile', async () => {
    const settings = settingsOf()
    const kept = storedIn(settings)
    office.refuse(() => {
      kept.value = 'typed by a person'
      return undefined
    })
    await send(settings, kept)
    expect(kept.value).toBe('typed by a person')
  })
})
