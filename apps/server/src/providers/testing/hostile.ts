import { type AddressInfo, createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNK = Buffer.alloc(65_536, 'x')

/** Writes one byte at a time, forever if `text` ends. */
function drip(socket: Socket, text: string, everyMs = 20): void {
  let at = 0
  const timer = setInterval(() => socket.write(text[at++] ?? 'x'), everyMs)
  socket.on('close', () => clearInterval(timer))
}

/** As fast as the reader accepts, until `total` bytes were written. */
function pour(socket: Socket, total: number, count: (bytes: number) => void): void {
  let left = total
  const more = () => {
    while (left > 0 && !socket.destroyed) {
      left -= CHUNK.length
      count(CHUNK.length)
      if (!socket.write(CHUNK)) break
    }
  }
  socket.on('drain', more)
  more()
}

/** Misbehaviours of a receiver, by name; each is called after the whole request was read. */
const BEHAVIOURS = {
  stall: () => {},
  dripHeaders: (socket: Socket) => drip(socket, `${OK}x-slow: `),
  drip: (socket: Socket) => {
    socket.write(`${OK}content-length: 1000000\r\n\r\n`)
    drip(socket, '')
  },
  flood: (socket: Socket, count: (bytes: number) => void) => {
    socket.write(`${OK}connection: close\r\n\r\n`)
    pour(socket, Number.POSITIVE_INFINITY, count)
  },
  gigabyte: (socket: Socket, count: (bytes: number) => void) => {
    socket.write(`${OK}content-length: ${2 ** 30}\r\n\r\n`)
    pour(socket, 2 ** 30, count)
  },
  gzipBomb: (socket: Socket) => {
    const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024))
    socket.write(`${OK}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`)
    socket.write(bomb)
  },
  garbage: (socket: Socket) => socket.end('\u0000\u0001 this is not HTTP at all\r\n\r\n'),
  invalidChunk: (socket: Socket) => socket.end(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n`),
  pageInPieces: (socket: Socket) => socket.end(`${OK}transfer-encoding: chunked\r\n\r\n5\r\n<!doc\r\n9\r\ntype html\r\n1\r\n>\r\n0\r\n\r\n`),
  redirectPrivate: (socket: Socket) => socket.end('HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/\r\ncontent-length: 0\r\n\r\n'),
  redirectFile: (socket: Socket) => socket.end('HTTP/1.1 307 Temporary Redirect\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n'),
  reset: (socket: Socket) => socket.resetAndDestroy(),
  resetAfterHeaders: (socket: Socket) => {
    socket.write(`${OK}content-length: 100\r\n\r\nhalf`, () => setImmediate(() => socket.resetAndDestroy()))
  },
  resetAfterError: (socket: Socket) => {
    socket.write('HTTP/1.1 503 Busy\r\ncontent-length: 100\r\n\r\nhalf', () => setImmediate(() => socket.resetAndDestroy()))
  },
  halfClosed: (socket: Socket) => socket.end(),
  earlyHints: (socket: Socket) => socket.write(`${'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(100)}${OK}content-length: 2\r\n\r\nok`),
  hugeHeaders: (socket: Socket) => socket.write(`${OK}x-huge: ${'h'.repeat(1024 * 1024)}\r\ncontent-length: 0\r\n\r\n`),
  manyHeaders: (socket: Socket) => socket.write(`${OK}${Array.from({ length: 10_000 }, (_, i) => `x-${i}: ${i}\r\n`).join('')}content-length: 0\r\n\r\n`),
  wrongCharset: (socket: Socket) => {
    socket.write(`${OK}content-type: application/json; charset=utf-8\r\ncontent-length: 3\r\n\r\n`)
    socket.write(Buffer.from([0xff, 0xfe, 0xff]))
  },
} satisfies Record<string, (socket: Socket, count: (bytes: number) => void) => unknown>

export type Hostility = keyof typeof BEHAVIOURS

export interface HostileServer {
  url: string
  port: number
  /** Whole requests read. */
  requests(): number
  /** Bytes of body sent by `flood` and `gigabyte`. */
  poured(): number
  close(): Promise<void>
}

/** A receiver that reads one request and then misbehaves in one way. */
export async function startHostile(behaviour: Hostility): Promise<HostileServer> {
  const sockets = new Set<Socket>()
  let requests = 0
  let poured = 0
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // The client closes the connection, as it should.
    socket.on('error', () => socket.destroy())
    let seen = ''
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      const head = seen.indexOf('\r\n\r\n')
      if (head < 0 || seen.length < head + 4 + Number(/content-length: (\d+)/i.exec(seen)?.[1] ?? 0)) return
      seen = ''
      requests++
      BEHAVIOURS[behaviour](socket, (bytes) => {
        poured += bytes
      })
    })
    socket.on('end', () => socket.destroy())
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: () => requests,
    poured: () => poured,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
}
