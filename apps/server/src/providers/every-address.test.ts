import { createSecureServer } from 'node:http2'
import { createServer as createWebServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutbound, type Lookup, parseAllowList } from '../security/outbound.ts'
import type { Http, Provider } from './kit/contract.ts'
import { DeliveryError } from './kit/delivery-error.ts'
import { createHttp } from './kit/http.ts'
import { createHttp2Client } from './kit/http2.ts'
import { mqtt } from './mqtt/mqtt.ts'
import { smtp } from './smtp/smtp.ts'
import { createCertificates } from './testing/certificates.ts'
import { exampleMessage, NOW } from './testing/message.ts'
import { startBroker } from './testing/mqtt-broker.ts'
import { startReceiver } from './testing/receiver.ts'
import { startSmtpReceiver } from './testing/smtp-receiver.ts'
import { webhook } from './webhook.ts'

const HOST = 'many.test'
const { ca, cert, key } = createCertificates({ name: HOST })

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Everything that opens a socket: a server on 127.0.0.1, how it is called by name, and what it has heard. */
interface Way {
  start(): Promise<{ port: number; heard(): number; close(): Promise<unknown> }>
  call(http: Http, port: number, host?: string): Promise<unknown>
}

async function send(provider: Provider, http: Http, settings: object, destination: object): Promise<unknown> {
  const own = { ...settings }
  closing.push(() => provider.dispose(own))
  const delivery = { id: 'dlv_1', attempt: 1, createdAt: NOW }
  return provider.send({ settings: own, destination: { ...destination }, message: exampleMessage(), delivery, http, clock: () => NOW })
}

async function listening(server: Server, heard: () => number) {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return { port: (server.address() as AddressInfo).port, heard, close: () => new Promise((closed) => server.close(closed)) }
}

const mailServer = (security: 'none' | 'starttls' | 'tls'): Way => ({
  async start() {
    const server = await startSmtpReceiver({ security, certificate: { cert, key } })
    return { port: server.port, heard: () => server.mails.length, close: server.close }
  },
  call: (http, port, host = HOST) => send(smtp, http, { host, port, security, from: 'hub@bells.example', caCertificate: ca }, { address: 'ana@example.org' }),
})

const broker = (scheme: 'mqtt' | 'mqtts'): Way => ({
  async start() {
    const server = await startBroker(scheme === 'mqtts' ? { cert, key } : undefined)
    return { port: server.port, heard: () => server.published.length, close: server.close }
  },
  call: (http, port, host = HOST) => send(mqtt, http, { server: `${scheme}://${host}:${port}`, caCertificate: ca }, { topic: 'home/alerts' }),
})

const ways: Record<string, Way> = {
  SMTP: mailServer('none'),
  'SMTP with STARTTLS': mailServer('starttls'),
  'SMTP over TLS': mailServer('tls'),
  MQTT: broker('mqtt'),
  'MQTT over TLS': broker('mqtts'),
  HTTP: {
    async start() {
      const server = await startReceiver()
      return { port: server.port, heard: () => server.requests.length, close: server.close }
    },
    call: (http, port, host = HOST) => send(webhook, http, {}, { url: `http://${host}:${port}/x` }),
  },
  HTTPS: {
    start() {
      let heard = 0
      const server = createWebServer({ cert, key }, (_request, response) => {
        heard++
        response.end()
      })
      closing.push(() => server.closeAllConnections())
      return listening(server, () => heard)
    },
    call: (http, port, host = HOST) => send(webhook, http, { caCertificate: ca }, { url: `https://${host}:${port}/x` }),
  },
  'HTTP/2': {
    start() {
      let heard = 0
      const server = createSecureServer({ cert, key }, (_request, response) => {
        heard++
        response.end()
      })
      return listening(server, () => heard)
    },
    async call(http, port, host = HOST) {
      const client = createHttp2Client({ ca })
      closing.push(client.close)
      return client.post(http, `https://${host}:${port}`, '/', {}, '{}')
    },
  },
}

const resolvingTo =
  (...addresses: string[]): Lookup =>
  (_host, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

function http(lookup: Lookup, list = '127.0.0.0/8,[::1]'): Http {
  const door = createHttp({ outbound: createOutbound({ allow: parseAllowList(list), lookup }), clock: () => NOW })
  closing.push(door.close)
  return door
}

async function refusal(call: Promise<unknown>): Promise<DeliveryError> {
  const error = await call.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof DeliveryError) return error
  throw error
}

describe.each(Object.entries(ways))('%s', (_name, { start, call }) => {
  const open = async () => {
    const server = await start()
    closing.push(server.close)
    return server
  }

  it.each([
    ['the first is IPv6 and the server is not', ['::1', '127.0.0.1']],
    ['the first of one family is closed', ['127.0.0.2', '127.0.0.1']],
    ['all but the last are closed', ['127.0.0.2', '::1', '127.0.0.3', '127.0.0.4', '127.0.0.1']],
  ])('tries every address of a name: %s', async (_case, addresses) => {
    const { port, heard } = await open()
    await call(http(resolvingTo(...addresses)), port)
    expect(heard()).toBe(1)
  })

  it('names the host in one error when every address is closed', async () => {
    const { port, heard } = await open()
    const error = await refusal(call(http(resolvingTo('127.0.0.2', '::1', '127.0.0.3')), port))
    expect(error).toMatchObject({ failure: 'temporary', scope: 'target', code: 'refused', maybeDelivered: false, unreached: true })
    expect(error.message).toMatch(new RegExp(`^(https?://)?${HOST}:${port} refused the connection$`))
    expect(heard()).toBe(0)
  })

  it('refuses a name as a whole when the guard refuses one of its addresses', async () => {
    const { port, heard } = await open()
    const error = await refusal(call(http(resolvingTo('127.0.0.1', '10.0.0.1')), port))
    expect(error).toMatchObject({ code: 'address_not_allowed', message: expect.stringContaining(`add "${HOST}:${port}" to CARILLON_OUTBOUND_ALLOW `) })
    expect(heard()).toBe(0)
  })

  it('says what is wrong with a name that has no address', async () => {
    const { port } = await open()
    const lost = Object.assign(new Error('no'), { code: 'ENOTFOUND' })
    const error = await refusal(
      call(
        http((_host, done) => done(lost, [])),
        port,
      ),
    )
    expect(error).toMatchObject({ failure: 'temporary', code: 'dns', message: expect.stringContaining(`${HOST}:${port} has a name that does not resolve`) })
  })
})

it.each(['SMTP with STARTTLS', 'SMTP over TLS', 'MQTT over TLS', 'HTTPS', 'HTTP/2'])(
  '%s checks the certificate against the name, whichever address answers',
  async (name) => {
    const { start, call } = ways[name]!
    const server = await start()
    closing.push(server.close)
    await call(http(resolvingTo('127.0.0.2', '127.0.0.1')), server.port)
    const error = await refusal(call(http(resolvingTo('127.0.0.2', '127.0.0.1')), server.port, 'else.test'))
    expect(error).toMatchObject({ failure: 'misconfigured', code: 'tls', unreached: true })
    expect(server.heard()).toBe(1)
  },
)
