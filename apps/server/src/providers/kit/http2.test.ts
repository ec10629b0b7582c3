import { createSecureServer, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { createCertificates } from '../testing/certificates.ts'
import { createHttp } from './http.ts'
import { createHttp2Client, type Http2Client } from './http2.ts'

const { ca, cert, key } = createCertificates()
const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }) })
/** Of RFC 9113, 7. */
const NO_ERROR = 0
const ENHANCE_YOUR_CALM = 11

/** What the server does with the n-th message, counted from 1, on one of its connections. */
type Play = (stream: ServerHttp2Stream, n: number) => void

describe('a server that goes away', () => {
  let client: Http2Client
  let play: Play
  let sessions: Http2Session[]
  let sockets: Socket[]
  /** On which connection each message arrived. */
  let arrivals: number[]
  let server: ReturnType<typeof createSecureServer>
  let origin: string
  beforeEach(async () => {
    ;[sessions, sockets, arrivals] = [[], [], []]
    server = createSecureServer({ cert, key })
    server.on('connection', (socket) => sockets.push(socket))
    server.on('session', (session) => sessions.push(session.on('error', () => {})))
    server.on('stream', (stream) => {
      stream.on('error', () => {})
      stream.resume().on('end', () => play(stream, arrivals.push(sessions.indexOf(stream.session!))))
    })
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    client = createHttp2Client({ ca })
  })
  afterEach(async () => {
    client.close()
    for (const session of sessions) session.destroy()
    await new Promise<void>((closed) => server.close(() => closed()))
  })

  const post = () => client.post(http, origin, '/', {}, '{}')
  const answer = (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200 })
    stream.end()
  }
  /** GOAWAY (RFC 9113 6.8) with the last stream that it promises to answer, and nothing else. */
  const goAway = ({ session }: ServerHttp2Stream, last: number, code = NO_ERROR) => session!.goaway(code, last)
  /** Once the other side has read what was said. */
  const heard = ({ session }: ServerHttp2Stream, then: () => void) => void session!.ping(then)
  /** The connection ends as by a crash: a session that is ended sends a GOAWAY of its own. */
  const die = (stream: ServerHttp2Stream) => heard(stream, () => sockets[sessions.indexOf(stream.session!)]!.destroy())

  it.each([
    ['in peace', NO_ERROR],
    ['because it was asked too much', ENHANCE_YOUR_CALM],
  ])('%s is sent again, on a new connection, what it says it has not looked at', async (_why, code) => {
    play = (stream, n) => {
      if (n !== 2) return answer(stream)
      goAway(stream, stream.id! - 2, code)
    }
    await post()
    await expect(post()).resolves.toMatchObject({ status: 200 })
    expect(arrivals).toEqual([0, 0, 1])
  })

  it.each([
    ['this message', (own: number) => own],
    ['this message and later ones', (own: number) => own + 2],
    ['everything', () => 2 ** 31 - 1],
  ])('and dies after it promised an answer to %s may have acted on it: it is not sent again', async (_what, last) => {
    play = (stream, n) => {
      if (n !== 2) return answer(stream)
      goAway(stream, last(stream.id!))
      die(stream)
    }
    await post()
    await expect(post()).rejects.toMatchObject({ failure: 'temporary', maybeDelivered: true })
    expect(arrivals).toEqual([0, 0])
    await expect(post(), 'the next message').resolves.toMatchObject({ status: 200 })
    expect(arrivals).toEqual([0, 0, 1])
  })

  it('and keeps its promise is heard, while the next message goes over a new connection', async () => {
    const [away, patience] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    play = (stream, n) => {
      if (n !== 2) return answer(stream)
      goAway(stream, stream.id!)
      heard(stream, away.resolve)
      void patience.promise.then(() => answer(stream))
    }
    await post()
    const slow = post()
    await away.promise
    await expect(post()).resolves.toMatchObject({ status: 200 })
    patience.resolve()
    await expect(slow).resolves.toMatchObject({ status: 200 })
    expect(arrivals).toEqual([0, 0, 1])
  })

  it('and dies without a word may have acted on it', async () => {
    play = (stream, n) => (n === 2 ? die(stream) : answer(stream))
    await post()
    await expect(post()).rejects.toMatchObject({ failure: 'temporary', maybeDelivered: true })
    expect(arrivals).toEqual([0, 0])
  })
})
