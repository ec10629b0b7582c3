import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  method: string
  /** Path and query. */
  path: string
  headers: IncomingHttpHeaders
  body: string
  /** The raw body. */
  bytes: Buffer
  json(): unknown
}

export interface Reply {
  status?: number
  headers?: Record<string, string>
  /** An object is sent as JSON. */
  body?: string | object
}

/** The response: a status, a whole reply, or a function of the request; the function may also respond itself and return nothing. */
export type Script = number | Reply | ((request: Received, response: ServerResponse) => number | Reply | undefined | Promise<number | Reply | undefined>)

export interface Receiver {
  /** `http://127.0.0.1:<port>` */
  url: string
  port: number
  requests: Received[]
  /** Connections ever accepted. */
  connections(): number
  respond(script: Script): void
  close(): Promise<void>
}

/** A fake vendor on a local server: it records requests and answers as set, 200 by default. */
export async function startReceiver(script: Script = 200): Promise<Receiver> {
  const requests: Received[] = []
  let answer = script
  let connections = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    const body = bytes.toString()
    const received: Received = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body, bytes, json: () => JSON.parse(body) }
    requests.push(received)
    const said = typeof answer === 'function' ? await answer(received, response) : answer
    if (said === undefined) return
    const reply = typeof said === 'number' ? { status: said } : said
    const type = typeof reply.body === 'object' ? { 'content-type': 'application/json' } : {}
    response.writeHead(reply.status ?? 200, { ...type, ...reply.headers })
    response.end(typeof reply.body === 'object' ? JSON.stringify(reply.body) : reply.body)
  })
  server.on('connection', () => connections++)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    connections: () => connections,
    respond(next) {
      answer = next
    },
    close() {
      server.closeAllConnections()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
}
