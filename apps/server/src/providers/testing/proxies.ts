import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What a proxy was asked for. */
export interface Asked {
  /** `address:port`, brackets around IPv6, as the protocol says it. */
  target: string
  /** `user:password` */
  credentials: string | null
}

export interface TestProxy {
  /** `http://127.0.0.1:<port>` */
  url: string
  port: number
  asked: Asked[]
  /** Connections to it that are open. */
  open(): Promise<number>
  /** How it answers: connect (the default), an HTTP status or a reply code of SOCKS5, silence, or with another protocol. */
  answer(given: (target: string) => number | 'connect' | 'silence' | 'nonsense'): void
  close(): Promise<void>
}

export interface ProxyOptions {
  /** `user:password`, without which it refuses. */
  credentials?: string
  /** TLS to the proxy itself. */
  tls?: { cert: string; key: string }
  /** Its answer and the first words of the server arrive together. Only for servers that speak first. */
  together?: boolean
}

/** Whatever address it is asked for, it connects to the same port of this machine. */
const portOf = (target: string): number => Number(/:(\d+)$/.exec(target)?.[1])

function joined(one: Socket, target: string, sockets: Set<Socket>, answer: string | Buffer, together = false): void {
  const other = connect({ host: '127.0.0.1', port: portOf(target) })
  sockets.add(other)
  const begin = (words: Buffer) => {
    one.removeAllListeners('readable').write(Buffer.concat([Buffer.from(answer), words]))
    other.pipe(one).pipe(other)
  }
  if (together) other.once('data', begin)
  else other.once('connect', () => begin(Buffer.alloc(0)))
  other.on('error', () => one.destroy())
  one.on('error', () => other.destroy()).on('close', () => other.destroy())
}

/** What both kinds of proxies have while they run. */
interface Desk {
  asked: Asked[]
  sockets: Set<Socket>
  answer: Parameters<TestProxy['answer']>[0]
}
const newDesk = (): Desk => ({ asked: [], sockets: new Set(), answer: () => 'connect' })

async function running(scheme: string, server: Server, desk: Desk): Promise<TestProxy> {
  server.on('connection', (socket: Socket) => desk.sockets.add(socket.on('error', () => {})))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    asked: desk.asked,
    open: () => new Promise((told) => server.getConnections((_error, count) => told(count))),
    answer(given) {
      desk.answer = given
    },
    close() {
      for (const socket of desk.sockets) socket.destroy()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
}

/** An HTTP proxy that knows CONNECT only (RFC 9110 9.3.6). */
export function startHttpProxy({ credentials, tls, together }: ProxyOptions = {}): Promise<TestProxy> {
  const desk = newDesk()
  const server = tls ? createHttpsServer(tls) : createHttpServer()
  server.on('connect', (request, socket: Socket) => {
    desk.sockets.add(socket.on('error', () => {}))
    const target = request.url ?? ''
    const given = /^Basic (.+)$/.exec(request.headers['proxy-authorization'] ?? '')?.[1]
    const asked: Asked = { target, credentials: given === undefined ? null : Buffer.from(given, 'base64').toString() }
    desk.asked.push(asked)
    const said = credentials !== undefined && asked.credentials !== credentials ? 407 : desk.answer(target)
    if (said === 'nonsense') socket.end('220 mail.example ESMTP\r\n')
    else if (said === 'connect') joined(socket, target, desk.sockets, 'HTTP/1.1 200 Connection established\r\n\r\n', together)
    else if (said === 'silence') socket.resume().once('end', () => socket.end())
    else socket.end(`HTTP/1.1 ${said} No\r\nContent-Length: 0\r\n\r\n`)
  })
  return running(tls ? 'https' : 'http', server, desk)
}

/** A SOCKS5 proxy (RFC 1928, 1929). */
export function startSocksProxy({ credentials, together }: ProxyOptions = {}): Promise<TestProxy> {
  const desk = newDesk()
  const server = createServer((socket) => void talk(socket).catch(() => socket.destroy()))

  async function talk(socket: Socket): Promise<void> {
    const read = reader(socket)
    const methods = await read((await read(2))[1] ?? 0)
    const method = credentials === undefined ? 0 : 2
    if (!methods.includes(method)) {
      socket.end(Buffer.from([5, 0xff]))
      return
    }
    socket.write(Buffer.from([5, method]))
    let given: string | null = null
    if (method === 2) {
      const user = await read((await read(2))[1] ?? 0)
      const password = await read((await read(1))[0] ?? 0)
      given = `${user}:${password}`
      socket.write(Buffer.from([1, given === credentials ? 0 : 1]))
      if (given !== credentials) return
    }
    const kind = (await read(4))[3]
    const host =
      kind === 1
        ? [...(await read(4))].join('.')
        : kind === 4
          ? `[${(await read(16)).toString('hex').match(/.{4}/g)?.join(':')}]`
          : (await read((await read(1))[0] ?? 0)).toString()
    const target = `${host}:${(await read(2)).readUInt16BE()}`
    desk.asked.push({ target, credentials: given })
    const said = desk.answer(target)
    if (said === 'silence') return
    const reply = (code: number) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0])
    if (said === 'nonsense') socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    else if (said !== 'connect') socket.end(reply(said))
    else joined(socket, target, desk.sockets, reply(0), together)
  }
  return running('socks5', server, desk)
}

/** Reads exactly so many bytes at a time. */
function reader(socket: Socket): (size: number) => Promise<Buffer> {
  return (size) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const chunk: Buffer | null = size === 0 ? Buffer.alloc(0) : socket.read(size)
        if (chunk === null) {
          socket.once('readable', look)
          return
        }
        socket.off('close', reject)
        resolve(chunk)
      }
      socket.once('close', reject)
      look()
    })
}
