import { connect } from 'node:net'
import { WebSocket } from 'undici'

export interface SeenFrame {
  id: string
  event: string
  data: { id?: string; reason?: string; deleted?: boolean; [field: string]: unknown }
}

export interface StreamReader {
  frames: SeenFrame[]
  /** Status of a refusal, null when the stream opened. */
  refused: { status: number; code: string | null } | null
  closed: () => boolean
  stop: () => void
}

export interface OpenOptions {
  port: number
  /** With a leading `?`. */
  query?: string
  headers?: Record<string, string>
}

export interface Transport {
  name: 'sse' | 'ws'
  path: string
  open: (options: OpenOptions) => Promise<StreamReader>
  /** How a request passes its position. */
  resume: (id: string) => { query?: string; headers?: Record<string, string> }
  /** The heartbeat on the wire. */
  beat: Buffer
  /** Headers to open it manually. */
  handshake: string
}

const sse: Transport = {
  name: 'sse',
  path: '/v1/inbox/stream',
  resume: (id) => ({ headers: { 'last-event-id': id } }),
  beat: Buffer.from('\r\n: \n\n\r\n'),
  handshake: '',
  async open({ port, query = '', headers = {} }) {
    const stop = new AbortController()
    const response = await fetch(`http://127.0.0.1:${port}${sse.path}${query}`, { headers, signal: stop.signal })
    const frames: SeenFrame[] = []
    let closed = false
    if (response.status !== 200)
      return { frames, refused: { status: response.status, code: codeOf(await response.json()) }, closed: () => true, stop: () => {} }
    void read(response).then(
      () => {
        closed = true
      },
      () => {
        closed = true
      },
    )
    async function read({ body }: Response): Promise<void> {
      let text = ''
      for await (const chunk of (body ?? new ReadableStream<Uint8Array<ArrayBuffer>>()).pipeThrough(new TextDecoderStream())) {
        const blocks = (text + chunk).split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) {
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
          const data = field('data')
          if (data !== undefined) frames.push({ id: field('id') ?? '', event: field('event') ?? '', data: JSON.parse(data) })
        }
      }
    }
    return { frames, refused: null, closed: () => closed, stop: () => stop.abort() }
  },
}

const ws: Transport = {
  name: 'ws',
  path: '/v1/inbox/ws',
  resume: (id) => ({ query: `?after=${id}` }),
  beat: Buffer.from([0x89, 0x00]),
  handshake: 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n',
  async open({ port, query = '', headers = {} }) {
    const frames: SeenFrame[] = []
    const socket = new WebSocket(`ws://127.0.0.1:${port}${ws.path}${query}`, { headers })
    socket.addEventListener('message', ({ data }) => frames.push(JSON.parse(String(data))))
    const opened = await new Promise<boolean>((resolve) => {
      socket.addEventListener('open', () => resolve(true))
      socket.addEventListener('error', () => resolve(false))
    })
    // A browser's WebSocket does not report why it was refused: repeat the request manually.
    const refused = opened ? null : await refusal(port, query, headers)
    return { frames, refused, closed: () => socket.readyState === WebSocket.CLOSED, stop: () => socket.close() }
  },
}

export const transports = [sse, ws]

async function refusal(port: number, query: string, headers: Record<string, string>): Promise<{ status: number; code: string | null }> {
  const answer = openRaw(ws, { port, query, headers })
  await new Promise<void>((resolve) => answer.onClose(resolve))
  const text = answer.bytes().toString()
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), code: codeOf(JSON.parse(/\{.*\}/s.exec(text)?.[0] ?? '{}')) }
}

const codeOf = (body: unknown): string | null => (typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : null)

/** A raw stream: to see heartbeats, and to be a reader that does not read. */
export function openRaw(transport: Transport, { port, query = '', headers = {} }: OpenOptions) {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  let closed = false
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
  })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET ${transport.path}${query} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('')}${transport.handshake}\r\n`)
  return {
    bytes: () => Buffer.concat(chunks),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    closed: () => closed,
    onClose: (heard: () => void) => void socket.on('close', heard),
    stop: () => void socket.destroy(),
  }
}
