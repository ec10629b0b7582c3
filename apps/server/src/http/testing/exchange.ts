import { connect } from 'node:net'

export interface Answer {
  status: number
  headers: Map<string, string>
  body: string
}

interface Way {
  /** The address to connect to; 127.0.0.1 unless said. */
  host?: string
  /** Ends our side behind what is sent. */
  half?: boolean
  /** Sent again and again until the hub closes the connection. */
  drip?: string
}

/** What comes back on a connection until the hub closes it, byte by byte. */
export function exchange(port: number, sent: string | Buffer, { host = '127.0.0.1', half = false, drip }: Way = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ port, host, allowHalfOpen: true })
    const timer = drip === undefined ? undefined : setInterval(() => socket.write(drip), 20)
    socket.on('data', (chunk) => void chunks.push(chunk))
    socket.on('error', reject)
    socket.on('end', () => {
      clearInterval(timer)
      socket.end()
      resolve(Buffer.concat(chunks).toString('latin1'))
    })
    if (half) socket.end(sent)
    else socket.write(sent)
  })
}

export function parse(text: string): Answer {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [line = '', ...lines] = head.split('\r\n')
  return {
    status: Number(line.split(' ')[1]),
    headers: new Map(lines.map((one) => [one.split(': ')[0]!.toLowerCase(), one.split(': ').slice(1).join(': ')])),
    body,
  }
}
