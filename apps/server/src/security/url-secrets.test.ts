import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { hideSecrets } from './scrub.ts'
import { keepUrls, maskUrls, maskUrlsIn, urlSecretsOf } from './url-secrets.ts'

/** URLs as vendors hand them out; the second part is what must not be read. */
const HOOKS: [url: string, secret: string, shown: string][] = [
  ['https://hooks.slack.com/services/T00000000/B11111111/abcDEF123ghiJKL456mnoPQR', 'abcDEF123ghiJKL456mnoPQR', 'https://hooks.slack.com/********'],
  ['https://discord.com/api/webhooks/123456789012345678/aB3-dE_9xYz', 'aB3-dE_9xYz', 'https://discord.com/********'],
  ['https://example.webhook.office.com/webhookb2/0a1b@2c3d/IncomingWebhook/4e5f/6a7b', '4e5f', 'https://example.webhook.office.com/********'],
  [
    'https://prod-00.westeurope.logic.azure.com:443/workflows/0a1b2c/triggers/manual/paths/invoke?sp=%2Ftriggers&sig=s1GnAtUrE',
    's1GnAtUrE',
    'https://prod-00.westeurope.logic.azure.com/********',
  ],
  ['https://chat.googleapis.com/v1/spaces/AAAA/messages?key=AIzaSyK3y&token=t0k3n', 't0k3n', 'https://chat.googleapis.com/********'],
  ['https://mattermost.example.com/hooks/9xkp4mwqfibzjr5u1cd3e7yhte', '9xkp4mwqfibzjr5u1cd3e7yhte', 'https://mattermost.example.com/********'],
  ['https://open.feishu.cn/open-apis/bot/v2/hook/0a1b2c3d-4e5f', '0a1b2c3d-4e5f', 'https://open.feishu.cn/********'],
  ['https://api.telegram.org/bot123456:AAH-k3y_of-the-bot/sendMessage', 'AAH-k3y_of-the-bot', 'https://api.telegram.org/********'],
  ['https://gotify.example.com:8443/message?token=AbCdEf', 'AbCdEf', 'https://gotify.example.com:8443/********'],
  ['https://ha.example.com/api/webhook/front-door-opened', 'front-door-opened', 'https://ha.example.com/********'],
  ['https://hooks.zapier.com/hooks/catch/123/abc/', 'abc', 'https://hooks.zapier.com/********'],
  ['https://ana:pa55word@hooks.example.com', 'pa55word', 'https://hooks.example.com/********'],
  ['https://hooks.example.com?s3cret', 's3cret', 'https://hooks.example.com/********'],
  ['https://hooks.example.com/#s3cret', 's3cret', 'https://hooks.example.com/********'],
  ['HTTP://HOOKS.EXAMPLE.COM/s3cret', 's3cret', 'http://hooks.example.com/********'],
  ['mqtts://ana:pa55word@broker.example.com:8883', 'pa55word', 'mqtts://broker.example.com:8883/********'],
  ['tgram://123456:AAH-k3y/chat', 'AAH-k3y', 'tgram://********'],
  ['mailtos://ana:pa55word@mail.example.com', 'pa55word', 'mailtos://********'],
  ['ntfys://tk_s3cret@ntfy.example.com/alerts', 'tk_s3cret', 'ntfys://********'],
]

describe('secrets in URLs', () => {
  it.each(HOOKS)('%s is shown without its secret', (url, secret, shown) => {
    expect(maskUrls(url)).toBe(shown)
    expect(maskUrls(url)).not.toContain(secret)
    expect(maskUrls(shown), 'the same when masked again').toBe(shown)
    expect(maskUrlsIn({ deep: [{ url }, `send it to ${url} please`] })).toEqual({ deep: [{ url: shown }, `send it to ${shown} please`] })
  })

  it('what is no URL of this kind is shown as it is', () => {
    for (const text of [
      'https://hooks.example.com',
      'https://hooks.example.com:8443/',
      'mqtt://broker.example.com:1883',
      'mailto:ops@example.com',
      'ops',
      '',
      'a: //b',
    ])
      expect(maskUrls(text)).toBe(text)
    expect(maskUrls('https://[broken/s3cret')).toBe('https://********')
  })

  it('a masked URL that comes back is the stored one, and another is refused', () => {
    const stored = { url: 'https://hooks.example.com/a/b', list: ['https://one.example.com/a', 'x'], deep: { of: 'tgram://token/chat' }, name: 'plain' }
    const refuse = (pointer: string): never => {
      throw new Error(pointer)
    }
    expect(keepUrls(maskUrlsIn(stored), stored, refuse)).toEqual(stored)
    expect(keepUrls({ url: 'https://other.example.com/new', name: '********' }, stored, refuse)).toEqual({
      url: 'https://other.example.com/new',
      name: '********',
    })
    const never: [JsonObject, string][] = [
      [{ url: 'https://other.example.com/********' }, '/url'],
      [{ list: ['https://one.example.com/b', 'https://one.example.com/********'] }, '/list/1'],
      [{ more: 'https://hooks.example.com/********' }, '/more'],
    ]
    for (const [given, pointer] of never) expect(() => keepUrls(given, stored, refuse)).toThrow(pointer)
  })

  it.each(HOOKS.filter(([url, secret]) => secret.length >= 8 && !url.includes('office')))('%s: what a vendor may repeat of it is known', (url, secret) => {
    const parts = urlSecretsOf({ a: { b: [url] } })
    expect(
      parts.some((part) => `said ${secret} again`.includes(part) || part === secret),
      parts.join(' '),
    ).toBe(true)
    const { pathname, search } = new URL(url)
    const said = hideSecrets(`${url}: Cannot POST ${pathname}${search}`, { settings: {}, destination: {} }, { settings: { server: url }, destination: {} })
    expect(said).not.toContain(secret)
    for (const part of parts) expect(['webhooks', 'services', 'messages', 'workflows', 'triggers']).not.toContain(part)
  })
})
