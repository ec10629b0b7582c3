import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { discord } from '../../providers/discord/discord.ts'
import { gotify } from '../../providers/gotify.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import { DeliveryError } from '../../providers/kit/delivery-error.ts'
import { script } from '../../providers/script/script.ts'
import { smtp } from '../../providers/smtp/smtp.ts'
import { teams } from '../../providers/teams.ts'
import { webhook } from '../../providers/webhook.ts'
import { testFailureOf } from './test-failure.ts'

const MAIL = { host: 'mail.example', username: 'u', password: 's3cret-pass' }
const HOOK = { webhookUrl: 'https://discord.com/api/webhooks/123456789012345678/s3cret-token_of-the-webhook' }

describe('the field to correct after a failed test', () => {
  it.each<[string, Provider, JsonObject, JsonObject | null, DeliveryError, string]>([
    ['the server that does not resolve', smtp, MAIL, null, new DeliveryError('temporary', 'x', { code: 'dns' }), '/settings/host'],
    ['the URL that refuses', webhook, {}, { url: 'https://a.example' }, new DeliveryError('temporary', 'x', { code: 'refused' }), '/destination/url'],
    [
      'the server before the place',
      gotify,
      { server: 'https://g' },
      { token: 'tttt' },
      new DeliveryError('temporary', 'x', { code: 'tls' }),
      '/settings/server',
    ],
    ['the password that is refused', smtp, MAIL, { to: [] }, new DeliveryError('misconfigured', 'x', { code: 'smtp_535' }), '/settings/password'],
    ['the webhook that is gone', discord, {}, HOOK, new DeliveryError('unreachable', 'x'), '/destination/webhookUrl'],
    [
      'the token that the server does not know',
      gotify,
      { server: 'https://g' },
      { token: 'tttt' },
      new DeliveryError('unreachable', 'x'),
      '/destination/token',
    ],
    ['the address that does not exist', smtp, MAIL, { address: 'a@b.example' }, new DeliveryError('unreachable', 'x'), '/destination/address'],
    ['what the vendor names', smtp, MAIL, null, new DeliveryError('misconfigured', 'x', { code: 'smtp_550', field: '/settings/from' }), '/settings/from'],
    ['the server that is another one', gotify, { server: 'https://g' }, {}, new DeliveryError('misconfigured', 'x', { code: 'web_page' }), '/settings/server'],
    ['the script that is not there', script, { path: 'x.sh' }, {}, new DeliveryError('misconfigured', 'x'), '/settings/path'],
    ['none, when only this message is not liked', discord, {}, HOOK, new DeliveryError('rejected', 'x'), ''],
    ['none, when the vendor is not well', discord, {}, HOOK, new DeliveryError('temporary', 'x', { code: 'http_503' }), ''],
    ['none, when there is none', script, {}, {}, new DeliveryError('misconfigured', 'x'), ''],
  ])('%s', (_what, provider, settings, destination, error, field) => {
    expect(testFailureOf(error, provider, { settings, destination })).toEqual({ field, message: 'x', severity: 'error', code: error.code })
  })
})

describe('the message of the vendor', () => {
  const said = (message: string, provider: Provider, settings: JsonObject, destination: JsonObject | null) =>
    testFailureOf(new DeliveryError('rejected', message), provider, { settings, destination }).message

  it('is shown without the secrets of the form, however they are spelled', () => {
    expect(said('535 no: s3cret-pass', smtp, MAIL, null)).toBe('535 no: ********')
    expect(said('GET /?password=s3%20%2F1', smtp, { ...MAIL, password: 's3 /1' }, null)).toBe('GET /?password=********')
    expect(said(`POST ${HOOK.webhookUrl}?wait=true, s3cret-token_of-the-webhook`, discord, {}, HOOK)).toBe('POST ********?wait=true, ********')
    const workflow = { webhookUrl: 'https://x.example/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=s3cret%2Bsignature%2Fof-it' }
    expect(said('sig s3cret+signature/of-it or s3cret%2Bsignature%2Fof-it', teams, {}, workflow)).toBe('sig ******** or ********')
    expect(said('both s3cret and s3cret-longer', webhook, {}, { url: 'https://a.example', password: 's3cret', bearer: 's3cret-longer' })).toBe(
      'both ******** and ********',
    )
  })

  it('is shown in full otherwise', () => {
    expect(said('discord.com/api/webhooks answered 400', discord, {}, HOOK)).toBe('discord.com/api/webhooks answered 400')
    expect(testFailureOf(new Error('oh'), smtp, { settings: MAIL, destination: null })).toMatchObject({ field: '', message: 'oh', code: 'provider_bug' })
  })
})
