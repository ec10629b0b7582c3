import { describe, expect, it } from 'vitest'
import { appriseLabel, appriseProblem, createAppriseUrls } from './connections/apprise-urls.ts'
import { createFormCheck } from './forms/form-check.ts'
import { providers } from './providers/index.ts'

const urls = createAppriseUrls(providers, createFormCheck())
const read = (url: string) => {
  const meaning = urls.read(url)
  return meaning === null || typeof meaning === 'string'
    ? meaning
    : { provider: meaning.provider.id, settings: meaning.settings, destination: meaning.destination }
}
const HOOK = 'discord.com/api/webhooks/123456789012345678/tokenTOKEN_-tokenTOKEN'

describe('a pasted URL', () => {
  it.each([
    ['mailto://ana:pw@example.org', 'smtp'],
    ['mailtos://ana:pw@example.org:465/ben@example.org', 'smtp'],
    ['mailgun://hub@mg.example.com/key-1/ana@example.org', 'mailgun'],
    ['sendgrid://SG.a:hub@example.org/ana@example.org', 'sendgrid'],
    ['discord://123456789012345678/tokenTOKEN_-tokenTOKEN', 'discord'],
    ['slack://T0AAAAAAA/B0AAAAAAA/secretPart', 'slack'],
    ['tgram://123456789:abcdefghijabcdefghijabcdefghijabcde/-100123', 'telegram'],
    ['feishu://abc-d', 'feishu'],
    ['lark://abc-d', 'feishu'],
    ['apprise://relay.example/key', 'apprise'],
    ['apprises://relay.example/key', 'apprise'],
    ['gotify://push.example/AbCdEfGhIjKlMnO', 'gotify'],
    ['gotifys://push.example/AbCdEfGhIjKlMnO', 'gotify'],
    ['join://0123456789abcdef0123456789abcdef/group.all', 'join'],
    ['notifiarr://0123456789abcdef0123456789abcdef/%23123456789012345678', 'notifiarr'],
    ['ntfy://alerts', 'ntfy'],
    ['ntfys://tk_1@push.example/alerts', 'ntfy'],
    ['prowl://0123456789abcdef0123456789abcdef01234567', 'prowl'],
    ['pbul://o.abcdefghijabcdefghijabcdefghijab', 'pushbullet'],
    ['pover://abcdefghijabcdefghijabcdefghij@abcdefghijabcdefghijabcdefghij', 'pushover'],
    ['workflow://prod-1.logic.azure.com:443/0a1b/sig', 'teams'],
    ['workflows://prod-1.logic.azure.com:443/0a1b/sig', 'teams'],
    ['matrix://token@m.example/!room:m.example', 'matrix'],
    ['matrixs://token@m.example/%23ops', 'matrix'],
    ['mmost://chat.example/abcdefghijklmnopqrstuvwxyz', 'mattermost'],
    ['mmosts://chat.example/abcdefghijklmnopqrstuvwxyz', 'mattermost'],
    ['twilio://AC0123456789abcdef0123456789abcdef:0123456789abcdef0123456789abcdef@15551234567/15557654321', 'twilio'],
    ['json://h.example', 'webhook'],
    ['jsons://h.example', 'webhook'],
  ])('%s is spoken by %s', (url, provider) => expect(read(url)).toMatchObject({ provider }))

  it.each([
    ['json://user:secret@h.example:8080/secret?+X-Key=secret', 'json://h.example:8080'],
    ['mailtos://ana:secret@example.org:465/ben@example.org', 'mailtos://example.org:465'],
    ['gotifys://push.example/AbCdEfGhIjKlMnO', 'gotifys://push.example'],
    ['ntfys://tk_1@push.example/alerts', 'ntfys://push.example'],
    ['ntfy://alerts', 'ntfy://ntfy.sh'],
    ['slack://T0AAAAAAA/B0AAAAAAA/secretPart', 'slack://hooks.slack.com'],
    ['tgram://123456789:abcdefghijabcdefghijabcdefghijabcde/-100123', 'tgram://telegram'],
    ['pover://abcdefghijabcdefghijabcdefghij@abcdefghijabcdefghijabcdefghij', 'pover://pushover'],
    [`https://${HOOK}`, 'https://discord.com'],
    ['carrier-pigeon://secret/secret', 'carrier-pigeon://apprise'],
  ])('%s is called %s, which holds no secret', (url, label) => expect(appriseLabel(urls, url)).toBe(label))

  it.each([
    [`https://${HOOK}`, 'discord'],
    ['https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/secretPart', 'slack'],
    ['https://open.larksuite.com/open-apis/bot/v2/hook/abc-d', 'feishu'],
    ['https://prod-1.logic.azure.com:443/workflows/0a1b/triggers/manual/paths/invoke?api-version=1&sig=a%2Bb', 'teams'],
    ['https://chat.googleapis.com/v1/spaces/AAAA/messages?key=a&token=b', 'google-chat'],
  ])('may be the address that the vendor shows: %s', (url, provider) => {
    expect(read(url)).toMatchObject({ provider, settings: {}, destination: { webhookUrl: url } })
  })

  it.each([
    'https://example.org/hook',
    `http://${HOOK}`,
    'form://h.example',
    'forms://h.example',
    'xml://h.example',
    'xmls://h.example',
    'vapid://x',
    'fcm://p/t',
  ])('%s is not spoken, and the refusal names what is', (url) => {
    expect(read(url)).toBeNull()
    expect(appriseProblem(urls, url, true)).toBeNull()
    expect(appriseProblem(urls, url, false)).toMatch(/supported: .*discord:\/\/.*jsons:\/\/.*mailtos:\/\//)
  })

  it('goes to those whom `to` names where its path names nobody', () => {
    expect(read('slack://T0AAAAAAA/B0AAAAAAA/secretPart?to=%23ops')).toMatchObject({ destination: { channel: '#ops' } })
    expect(read('slack://T0AAAAAAA/B0AAAAAAA/secretPart?to=%23ops,%23dev')).toMatch(/several channels/)
    expect(read('matrixs://token@m.example?to=!room:m.example')).toMatchObject({ destination: { roomId: '!room:m.example' } })
    expect(read('zulip://bells@example/key?to=alerts')).toMatchObject({ destination: { to: 'alerts' } })
    expect(read('rockets://id1%2Ftok-2@chat.example?to=@ana')).toMatchObject({ destination: { channel: '@ana' } })
  })

  it('may name several mail addresses, copies and blind copies', () => {
    expect(read('mailto://ana:pw@example.org?to=ben@example.org,cem@example.org&bcc=dia@example.org')).toMatchObject({
      destination: { to: ['ben@example.org', 'cem@example.org'], cc: [], bcc: ['dia@example.org'] },
    })
    expect(read('mailto://ana:pw@example.org?cc=ben@example.org')).toMatchObject({ destination: { to: ['ana@example.org'], cc: ['ben@example.org'] } })
    expect(read('mailto://ana:pw@example.org?to=ben')).toBe('ben is not a mail address')
  })

  it('turns the check of certificates off where that can be done', () => {
    expect(read('mailtos://ana:pw@example.org?verify=No')).toMatchObject({ settings: { allowInvalidCertificate: true } })
    expect(read('mailtos://ana:pw@example.org?verify=yes')).not.toHaveProperty('settings.allowInvalidCertificate', true)
    for (const url of ['gotifys://push.example/AbCdEfGhIjKlMnO', 'mqtts://broker.example/a', 'ntfys://push.example/alerts', 'jsons://h.example'])
      expect(read(`${url}?verify=no`), url).toMatchObject({ settings: { allowInvalidCertificate: true } })
  })

  it.each([
    [
      'discord://123456789012345678/tokenTOKEN_-tokenTOKEN?verify=no',
      /^verify=no cannot be honoured, leave it out: the certificate of Discord is always checked$/,
    ],
    ['gotifys://push.example/AbCdEfGhIjKlMnO?tag=ops', /^tag= cannot be honoured/],
    ['discord://123456789012345678/tokenTOKEN_-tokenTOKEN?+X-Proxy=secret', /^\+name= cannot be honoured, leave it out: Discord adds no header$/],
    ['ntfys://push.example/alerts?-key=v', /^-name= cannot be honoured/],
    ['jsons://h.example?:message=text', /^:name= cannot be honoured, leave it out: Webhook has no field to rename$/],
  ])('says which of its arguments cannot be honoured: %s', (url, why) => {
    expect(read(url)).toMatch(why)
    expect(appriseProblem(urls, url, true)).toMatch(why)
  })

  it('leaves the address that a vendor shows as it is', () => {
    const shown = 'https://chat.googleapis.com/v1/spaces/AAAA/messages?key=a&token=b'
    expect(read(shown)).toMatchObject({ settings: {}, destination: { webhookUrl: shown } })
    // It is the vendor's address, not an Apprise URL: Apprise's arguments mean nothing in it.
    expect(read(`${shown}&verify=no`)).toMatch(/verify/)
  })

  it('names everybody who stands in its path and in `to`', () => {
    expect(read('slack://T0AAAAAAA/B0AAAAAAA/secretPart/%23dev?to=%23ops')).toMatch(/several channels/)
  })

  it.each([
    ['mailto://ana:pw@gmail.com', { host: 'smtp.gmail.com', port: 587, security: 'starttls', username: 'ana@gmail.com', from: 'ana@gmail.com' }],
    ['mailto://ana:pw@yahoo.com', { host: 'smtp.mail.yahoo.com', port: 465, security: 'tls' }],
    ['mailto://ana:pw@gmail.com?smtp=relay.example', { host: 'relay.example', port: 587, username: 'ana' }],
    ['mailto://ana:pw@gmail.com:2525', { host: 'gmail.com', port: 2525 }],
  ])('knows the servers of well-known domains: %s', (url, settings) => expect(read(url)).toMatchObject({ settings }))

  it('says which half of the form is not complete', () => {
    expect(read('discord://12/token')).toMatch(/^is not complete for Discord: webhookUrl /)
    expect(read('jsons://h.example?method=get')).toMatch(/^is not complete for Webhook: method /)
  })
})
