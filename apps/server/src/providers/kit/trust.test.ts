import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { createOutbound, parseAllowList, type Trust } from '../../security/outbound.ts'
import { resolvingTo } from '../../security/testing/resolving.ts'
import { providers } from '../index.ts'
import { createCertificates } from '../testing/certificates.ts'
import { exampleMessage, NOW } from '../testing/message.ts'
import { startReceiver } from '../testing/receiver.ts'
import { authorityProblems } from './authority.ts'
import { createHttp } from './http.ts'

/** A yes to everybody. */
const ANSWER = '{"id":1,"ok":true,"code":200,"success":true,"result":"success"}'
const NAMES = ['push.test', 'elsewhere.test']

/** A server with a certificate of its own, and a door through which every name leads to it. */
async function start(given: { name?: string } = {}) {
  const { ca, cert, key } = createCertificates(given)
  const sockets: TLSSocket[] = []
  const server = createServer({ cert, key }, (request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(request.url?.includes('/json/urls/') ? '{"tags":["ops"]}' : request.url === '/hooks/abc' ? 'ok' : ANSWER)
  })
  server.on('secureConnection', (socket: TLSSocket) => sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const allow = parseAllowList(`127.0.0.1,${NAMES.join()}`)
  const http = createHttp({ outbound: createOutbound({ allow, lookup: resolvingTo('127.0.0.1') }) })
  onTestFinished(async () => {
    await http.close()
    server.closeAllConnections()
    server.close()
  })
  const ask = (trust?: Trust, host = given.name ?? '127.0.0.1') =>
    http.request(`https://${host}:${port}/`, trust === undefined ? {} : { trust }).then(
      ({ status }) => status,
      ({ code }: { code: string }) => code,
    )
  return { ca, port, http, ask, sockets }
}

describe('a server whose certificate is its own', () => {
  it('is refused, taken with its authority, and taken when any certificate is', async () => {
    const { ca, ask } = await start()
    expect(await ask()).toBe('tls')
    expect(await ask({ caCertificate: ca })).toBe(200)
    expect(await ask({ caCertificate: createCertificates().ca })).toBe('tls')
    expect(await ask({ caCertificate: createCertificates().ca + ca })).toBe(200)
    expect(await ask({ allowInvalidCertificate: true })).toBe(200)
    expect(await ask({ allowInvalidCertificate: false })).toBe('tls')
  })

  it('must have the name under which it is asked', async () => {
    const { ca, ask } = await start({ name: 'push.test' })
    expect(await ask({ caCertificate: ca })).toBe(200)
    expect(await ask({ caCertificate: ca }, 'elsewhere.test')).toBe('tls')
    expect(await ask({ allowInvalidCertificate: true }, 'elsewhere.test')).toBe(200)
    // Nor does a session that somebody else began open the door.
    expect(await ask({ caCertificate: ca }, 'elsewhere.test')).toBe('tls')
    expect(await ask(undefined, 'push.test')).toBe('tls')
  })

  it('shares no connection between those who check it and those who do not', async () => {
    const { ca, ask, sockets } = await start()
    const kinds: (Trust | undefined)[] = [{ allowInvalidCertificate: true }, { caCertificate: ca }, undefined]
    expect(await Promise.all([...kinds, ...kinds].map((trust) => ask(trust)))).toEqual([200, 200, 'tls', 200, 200, 'tls'])
    expect(sockets.some((socket) => socket.isSessionReused())).toBe(false)
    const before = sockets.length
    expect([await ask(kinds[0]), await ask(kinds[1])]).toEqual([200, 200])
    expect(sockets.length, 'kept alive, each in its own pool').toBe(before)
    // What is kept alive for one is nothing to the other.
    expect(await ask()).toBe('tls')
  })

  it('is still chosen by the guard', async () => {
    const { ca, port } = await start()
    const guarded = createHttp()
    for (const trust of [{ caCertificate: ca }, { allowInvalidCertificate: true }])
      await expect(guarded.request(`https://127.0.0.1:${port}/`, { trust })).rejects.toMatchObject({ code: 'address_not_allowed' })
    await guarded.close()
  })
})

describe('the settings of a connection', () => {
  const own = providers.filter(({ settings }) => 'caCertificate' in settings.properties).map(({ id }) => id)

  it('are those of providers whose server people run themselves', () => {
    expect(own.sort()).toEqual('apprise bark gotify http-sms matrix mattermost mqtt ntfy rocketchat signal smtp telegram webhook zulip'.split(' '))
  })

  it.each(['apprise', 'bark', 'gotify', 'http-sms', 'matrix', 'mattermost', 'ntfy', 'rocketchat', 'signal', 'telegram', 'webhook', 'zulip'])(
    'hold for all that %s asks',
    async (id) => {
      const { ca, port, http } = await start()
      const base = `https://127.0.0.1:${port}`
      const provider = providers.find((one) => one.id === id)!
      const { settings, destination } = formsOn(base)[id]!
      const send = (more: object) =>
        provider.send({ settings: { ...settings, ...more }, destination, message: exampleMessage(), delivery: DELIVERY, http, clock: () => NOW })
      await expect(send({})).rejects.toMatchObject({
        failure: 'misconfigured',
        code: 'tls',
        field: '/settings/caCertificate',
        message: expect.stringMatching(/caCertificate, or switch allowInvalidCertificate on$/),
      })
      const verify = (more: object) => provider.verify?.({ settings: { ...settings, ...more }, http, clock: () => NOW }) ?? Promise.resolve()
      if (provider.verify) await expect(verify({})).rejects.toMatchObject({ code: 'tls', field: '/settings/caCertificate' })
      for (const more of [{ caCertificate: ca }, { allowInvalidCertificate: true }]) {
        await send(more)
        await verify(more)
      }
    },
  )

  it('hold for a live list too', async () => {
    const { ca, port, http } = await start()
    const { tags } = providers.find(({ id }) => id === 'apprise')!.options!
    const ask = (more: object) => tags!.list({ settings: { server: `https://127.0.0.1:${port}`, ...more }, destination: { key: 'k' }, http, clock: () => NOW })
    await expect(ask({})).rejects.toMatchObject({ code: 'tls', field: '/settings/caCertificate' })
    expect(await ask({ caCertificate: ca })).toEqual([{ value: 'ops', label: 'ops' }])
  })

  it('are of no help with another name, nor where no TLS is spoken', async () => {
    const gotify = providers.find(({ id }) => id === 'gotify')!
    const { ca, port, http } = await start({ name: 'push.test' })
    const named = gotify.verify!({ settings: { server: `https://elsewhere.test:${port}`, caCertificate: ca }, http, clock: () => NOW })
    await expect(named).rejects.toMatchObject({ code: 'tls', field: undefined, message: expect.stringMatching(/for another name/) })
    const plain = await startReceiver()
    onTestFinished(() => plain.close())
    const deaf = gotify.verify!({ settings: { server: plain.url.replace('http:', 'https:') }, http, clock: () => NOW })
    await expect(deaf).rejects.toMatchObject({ code: 'tls', field: undefined, message: expect.not.stringMatching(/caCertificate/) })
  })
})

describe('a certificate authority in a form', () => {
  const gotify = providers.find(({ id }) => id === 'gotify')!
  const judged = (caCertificate: string, more: object = {}) =>
    gotify
      .check({ settings: { server: 'https://push.example', caCertificate, ...more } })
      .map(({ pointer, message, severity = 'error' }) => [severity, pointer, message])
  const at = '/settings/caCertificate'
  const { ca, cert, key } = createCertificates()
  const old = createCertificates({ until: 2021 }).ca

  it('may be one or several, with words between them', () => {
    expect(judged(ca)).toEqual([])
    expect(judged(`# ours\r\n${ca}\r\n# theirs\r\n${createCertificates().ca}`)).toEqual([])
  })

  it.each([
    ['PEM', /must be certificates in PEM/],
    [key, /must be certificates in PEM/],
    [ca + key, /must be certificates in PEM/],
    [ca.replace('MII', 'MIX'), /must be certificates in PEM/],
    [cert, /of an authority/],
    [old, /expired on 2021-12-31/],
  ])('is refused when it is %#', (text, why) => expect(judged(text)).toEqual([['error', at, expect.stringMatching(why)]]))

  it('is warned of when one of several has ended, or when it is not asked for anyway', () => {
    expect(judged(ca + old)).toEqual([['warning', at, 'contains a certificate that expires on 2021-12-31']])
    expect(judged(ca, { allowInvalidCertificate: true })).toEqual([['warning', '/settings/allowInvalidCertificate', expect.any(String)]])
  })

  it('is warned of in its last month, and before its first day', () => {
    const judgedOn = (day: string) => authorityProblems(at, ca, Date.parse(day)).map(({ severity, message }) => [severity, message])
    expect(judgedOn('2049-12-15')).toEqual([['warning', 'contains a certificate that expires on 2049-12-31']])
    expect(judgedOn('2019-12-15')).toEqual([['warning', 'is not valid before 2020-01-01']])
  })
})

const DELIVERY = { id: 'dlv_1', attempt: 1, createdAt: NOW }

/** A good form of each, all of it on one server. */
const formsOn = (base: string): Record<string, { settings: JsonObject; destination: JsonObject }> => ({
  apprise: { settings: { server: base }, destination: { urls: ['vapid://x'] } },
  bark: { settings: { server: base }, destination: { deviceKey: 'k' } },
  gotify: { settings: { server: base }, destination: { token: 't' } },
  'http-sms': { settings: { url: base }, destination: { phone: '+15551234567' } },
  matrix: { settings: { homeserver: base, accessToken: 't' }, destination: { roomId: '!r:push.test' } },
  mattermost: { settings: {}, destination: { webhookUrl: `${base}/hooks/abc` } },
  ntfy: { settings: { server: base }, destination: { topic: 'alerts' } },
  rocketchat: { settings: {}, destination: { webhookUrl: `${base}/hooks/a/b` } },
  signal: { settings: { server: base, number: '+15551234567' }, destination: { recipient: '+15557654321' } },
  telegram: { settings: { apiUrl: base, botToken: '123456789:abcdefghijabcdefghijabcdefghijabcde' }, destination: { chatId: '1' } },
  webhook: { settings: {}, destination: { url: base } },
  zulip: { settings: { site: base, email: 'bot@push.test', apiKey: 'k' }, destination: { to: 'alerts' } },
})
