import { generateKeyPairSync } from 'node:crypto'
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { decodeJwt, jwtVerify } from 'jose'
import { createCertificates } from './certificates.ts'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })

export interface ApnsReceived {
  path: string
  headers: IncomingHttpHeaders
  payload: unknown
  bytes: number
  /** When its token was signed, seconds. */
  signedAt: number
}

export type ApnsReply = { status: number; reason?: string; more?: object } | 'silence' | 'goaway'

export interface Apns {
  url: string
  /** PEM of the authority that signed this server's certificate. */
  ca: string
  /** PEM of the .p8 file whose tokens are accepted. */
  key: string
  /** Messages with a valid token, in order. */
  received: ApnsReceived[]
  connections(): number
  /** The response to a message; undefined = 200. */
  answer(script: (message: ApnsReceived) => ApnsReply | undefined | Promise<ApnsReply | undefined>): void
  /** Closes all connections after the requests in flight. */
  goAway(): void
  close(): Promise<void>
}

/** A fake of Apple's server: HTTP/2 over TLS with its own authority; tokens are verified as Apple does. */
export async function startApns(now: () => number): Promise<Apns> {
  const { ca, cert, key } = createCertificates()
  const received: ApnsReceived[] = []
  const sessions = new Set<ServerHttp2Session>()
  let connections = 0
  let script: Parameters<Apns['answer']>[0] = () => undefined

  const server = createSecureServer({ cert, key })
  server.on('session', (session) => {
    connections++
    sessions.add(session.on('close', () => sessions.delete(session)).on('error', () => {}))
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => void take(stream, headers, Buffer.concat(chunks)))
  })

  async function take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer): Promise<void> {
    const token = /^bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
    try {
      const { protectedHeader } = await jwtVerify(token, pair.publicKey, { algorithms: ['ES256'], issuer: 'TEAM123456', currentDate: new Date(now()) })
      if (protectedHeader.kid !== 'KEY1234567') throw new Error('another key')
    } catch {
      return reply(stream, { status: 403, reason: 'InvalidProviderToken' })
    }
    const signedAt = decodeJwt(token).iat ?? 0
    if (now() / 1000 - signedAt > 3600) return reply(stream, { status: 403, reason: 'ExpiredProviderToken' })
    const message = { path: String(headers[':path']), headers, payload: JSON.parse(body.toString()), bytes: body.length, signedAt }
    const said = await script(message)
    if (said === 'silence') return
    if (said === 'goaway') {
      // Sends GOAWAY and refuses this stream (REFUSED_STREAM, RFC 9113 8.7): the request may be sent again.
      stream.session?.goaway(0, Math.max((stream.id ?? 1) - 2, 0))
      stream.close(7)
      return
    }
    received.push(message)
    reply(stream, said ?? { status: 200 })
  }

  function reply(stream: ServerHttp2Stream, { status, reason, more }: Exclude<ApnsReply, string>): void {
    if (stream.destroyed) return
    stream.respond({ ':status': status, 'apns-id': 'the-id' })
    stream.end(reason === undefined ? undefined : JSON.stringify({ reason, ...more }))
  }

  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}`,
    ca,
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    received,
    connections: () => connections,
    answer(next) {
      script = next
    },
    goAway() {
      for (const session of sessions) session.close()
    },
    async close() {
      for (const session of sessions) session.destroy()
      await new Promise<void>((closed) => server.close(() => closed()))
    },
  }
}
