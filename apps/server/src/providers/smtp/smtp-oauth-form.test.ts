import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { NOW } from '../testing/message.ts'
import { smtp } from './smtp.ts'
import { tokensOf } from './smtp-oauth.ts'

const whole: JsonObject = {
  host: 'smtp.example.com',
  port: 587,
  security: 'starttls',
  from: 'Bells <ana@example.org>',
  auth: 'oauth2',
  oauthService: 'other',
  clientId: 'bells',
  clientSecret: 's3cret-of-bells',
  refreshToken: 's3cret-refresh',
  tokenUrl: 'https://login.example.com/token',
}

describe('the form of XOAUTH2', () => {
  const without = (...names: string[]): JsonObject => Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name)))
  const pointers = (settings: JsonObject) => smtp.check({ settings }).map(({ pointer }) => pointer)

  it('accepts each service with what it needs', () => {
    expect(pointers(whole)).toEqual([])
    expect(pointers({ ...without('tokenUrl'), oauthService: 'google' })).toEqual([])
    expect(pointers({ ...without('tokenUrl'), oauthService: 'microsoft' })).toEqual([])
    expect(pointers({ ...without('tokenUrl', 'refreshToken'), oauthService: 'microsoft', tenant: 'example.org' })).toEqual([])
  })

  it.each<[string, () => JsonObject, string]>([
    ['no service', () => without('oauthService'), '/settings/oauthService'],
    ['no client', () => without('clientId'), '/settings/clientId'],
    ['no grant', () => without('refreshToken', 'clientSecret'), '/settings/refreshToken'],
    ['no token address', () => without('tokenUrl'), '/settings/tokenUrl'],
    ['Google without consent', () => ({ ...without('refreshToken'), oauthService: 'google' }), '/settings/refreshToken'],
    ['Microsoft without a tenant', () => ({ ...without('refreshToken', 'tokenUrl'), oauthService: 'microsoft' }), '/settings/tenant'],
    [
      'Microsoft with the tenant of everybody',
      () => ({ ...without('refreshToken', 'tokenUrl'), oauthService: 'microsoft', tenant: 'common' }),
      '/settings/tenant',
    ],
    ['a token address in clear text', () => ({ ...without(), tokenUrl: 'http://login.example.com/token' }), '/settings/tokenUrl'],
    [
      'a token address in clear text, for an application',
      () => ({ ...without('refreshToken'), tokenUrl: 'http://login.example.com/token' }),
      '/settings/tokenUrl',
    ],
    ['a mail server in clear text', () => ({ ...without(), security: 'none' }), '/settings/security'],
  ])('refuses %s', (_what, settings, pointer) => expect(pointers(settings())).toEqual([pointer]))

  it('asks each service where it is, for what it documents', async () => {
    const asked: [url: string, scope: string | null][] = []
    const refuse = () => Promise.reject(new DeliveryError('temporary', 'no'))
    const http = {
      request(url: string, { body }: { body?: string | Buffer } = {}) {
        asked.push([url, new URLSearchParams(String(body)).get('scope')])
        return refuse()
      },
      dial: refuse,
      mayHandOver: refuse,
    }
    const { tokenUrl: _, refreshToken: __, ...application } = whole
    for (const more of [
      { oauthService: 'google', refreshToken: 's3cret' },
      { oauthService: 'microsoft', refreshToken: 's3cret' },
      { oauthService: 'microsoft', tenant: 'example.org' },
      { oauthService: 'microsoft', refreshToken: 's3cret', cloud: 'us_government', tenant: 'example.org' },
    ] as const)
      await tokensOf({ ...application, from: 'ana@example.org', auth: 'oauth2', ...more }, { http, clock: () => NOW })
        ?.token()
        .catch(() => {})
    expect(asked).toEqual([
      ['https://oauth2.googleapis.com/token', null],
      ['https://login.microsoftonline.com/common/oauth2/v2.0/token', 'https://outlook.office.com/SMTP.Send offline_access'],
      ['https://login.microsoftonline.com/example.org/oauth2/v2.0/token', 'https://outlook.office365.com/.default'],
      ['https://login.microsoftonline.us/example.org/oauth2/v2.0/token', 'https://outlook.office.com/SMTP.Send offline_access'],
    ])
  })
})
