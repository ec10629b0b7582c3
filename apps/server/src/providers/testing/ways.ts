import { createSecureServer } from 'node:http2'
import { createServer as createWebServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import type { Http, Provider } from '../kit/contract.ts'
import { createHttp2Client } from '../kit/http2.ts'
import { mqtt } from '../mqtt/mqtt.ts'
import { smtp } from '../smtp/smtp.ts'
import { webhook } from '../webhook.ts'
import { createCertificates } from './certificates.ts'
import { exampleMessage, NOW } from './message.ts'
import { startBroker } from './mqtt-broker.ts'
import { startReceiver } from './receiver.ts'
import { startSmtpReceiver } from './smtp-receiver.ts'

/** The name that the servers of `waysOut` have certificates for. */
export const HOST = 'many.test'
const { ca, cert, key } = createCertificates({ name: HOST })

/** One thing that opens a socket: a server on 127.0.0.1, how it is called by name, and what it has heard. */
export interface Way {
  start(): Promise<{ port: number; heard(): number; close(): Promise<unknown> }>
  call(http: Http, port: number, host?: string): Promise<unknown>
}

/** Everything that opens a socket. `closing` gets what has to be closed after a test. `settings` are those of every connection. */
export function waysOut(closing: (() => unknown)[], settings: object = {}): Record<string, Way> {
  async function send(provider: Provider, http: Http, form: object, destination: object): Promise<unknown> {
    const own = { ...form, ...settings }
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
  return ways
}
