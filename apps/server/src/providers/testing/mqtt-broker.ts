import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

export interface Published {
  topic: string
  payload: string
  qos: number
  retain: boolean
}

export interface Broker {
  port: number
  published: Published[]
  /** The clients' CONNECT packets. */
  connects: { clientId: string; username?: string; password?: string }[]
  /**
   * Responses to the next packets: the return code of CONNACK, `silent` sends nothing, `drop` closes the connection instead of PUBACK,
   * `mute` never sends it.
   */
  behave(how: number | 'silent' | 'drop' | 'mute'): void
  close(): Promise<void>
}

/**
 * The part of an MQTT 3.1.1 broker that a publisher uses (https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html, 2.2 and
 * 3.1-3.4). With a certificate it uses TLS.
 */
export async function startBroker(tls?: { cert: string; key: string }): Promise<Broker> {
  let how: number | 'silent' | 'drop' | 'mute' = 0
  const published: Published[] = []
  const connects: Broker['connects'] = []
  const sockets = new Set<Socket>()

  function hear(socket: Socket, head: number, body: Buffer): void {
    const kind = head >> 4
    if (kind === 1) {
      connects.push(readConnect(body))
      if (how !== 'silent') socket.write(Buffer.from([0x20, 2, 0, typeof how === 'number' ? how : 0]))
    } else if (kind === 3) {
      const length = body.readUInt16BE(0)
      const qos = (head >> 1) & 3
      const after = 2 + length + (qos > 0 ? 2 : 0)
      published.push({ topic: body.toString('utf8', 2, 2 + length), payload: body.toString('utf8', after), qos, retain: (head & 1) === 1 })
      if (how === 'drop') socket.destroy()
      else if (how !== 'mute') socket.write(Buffer.concat([Buffer.from([0x40, 2]), body.subarray(2 + length, after)]))
    } else if (kind === 12) socket.write(Buffer.from([0xd0, 0]))
    else if (kind === 14) socket.end()
  }

  const serve = (socket: Socket): void => {
    sockets.add(socket)
    let waiting: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      waiting = Buffer.concat([waiting, chunk])
      for (;;) {
        const packet = cut(waiting)
        if (packet === null) return
        waiting = waiting.subarray(packet.end)
        hear(socket, packet.head, packet.body)
      }
    })
  }
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve).on('tlsClientError', () => {})
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    port: (server.address() as AddressInfo).port,
    published,
    connects,
    behave(next) {
      how = next
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
}

/** The first complete packet; its remaining length is encoded seven bits at a time. */
function cut(bytes: Buffer): { head: number; body: Buffer; end: number } | null {
  let length = 0
  for (let i = 1; i < bytes.length && i <= 4; i++) {
    length += (bytes[i]! & 127) << (7 * (i - 1))
    if ((bytes[i]! & 128) !== 0) continue
    const end = i + 1 + length
    return bytes.length < end ? null : { head: bytes[0]!, body: bytes.subarray(i + 1, end), end }
  }
  return null
}

function readConnect(body: Buffer): Broker['connects'][number] {
  let at = 0
  const next = (): string => {
    const length = body.readUInt16BE(at)
    at += 2 + length
    return body.toString('utf8', at - length, at)
  }
  next() // MQTT
  const flags = body[at + 1]!
  at += 4
  const clientId = next()
  return { clientId, ...((flags & 128) !== 0 ? { username: next() } : {}), ...((flags & 64) !== 0 ? { password: next() } : {}) }
}
