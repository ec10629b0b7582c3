import { Agent, type ClientRequest, type IncomingHttpHeaders, request } from 'node:http'

export interface Asked {
  method: string
  path: string
  headers: Record<string, string | string[]>
  body?: string
}

export interface Answered {
  status: number
  /** The code of a problem; null for another answer. */
  code: string | null
  body: unknown
  headers: IncomingHttpHeaders
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

/** One request, as it is written: `fetch` would join repeated headers. Of a stream only the status is read. */
export function ask(address: string, { method, path, headers, body }: Asked): Promise<Answered> {
  const type = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
  const asked = request(`${address}${path}`, { method, headers: { ...headers, ...type }, agent })
  const answer = answerOf(asked)
  asked.end(body)
  return answer
}

function answerOf(asked: ClientRequest): Promise<Answered> {
  return new Promise((resolve, reject) => {
    asked.on('response', (response) => {
      const status = response.statusCode ?? 0
      const { headers: answered } = response
      const kind = answered['content-type'] ?? ''
      if (kind.startsWith('text/event-stream')) {
        response.destroy()
        return resolve({ status, code: null, body: null, headers: answered })
      }
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const read: unknown = kind.includes('json') && text !== '' ? JSON.parse(text) : text
        resolve({ status, code: kind.startsWith('application/problem+json') ? codeIn(read) : null, body: read, headers: answered })
      })
    })
    asked.on('error', reject)
  })
}

/** The same with the body held back: `begun` resolves when the hub has read the head and asks for the body, which `end` sends. */
export function askSlowly(address: string, { method, path, headers, body = '' }: Asked): { begun: Promise<void>; end(): Promise<Answered> } {
  const expecting = { ...headers, expect: '100-continue', 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
  const asked = request(`${address}${path}`, { method, headers: expecting, agent: false })
  const answer = answerOf(asked)
  // Whoever waits for the head alone hears of a failure too.
  const begun = new Promise<void>((resolve, reject) => {
    asked.once('continue', resolve)
    answer.then(() => reject(new Error(`${method} ${path} was answered before its body`)), reject)
  })
  begun.catch(() => {})
  asked.flushHeaders()
  return {
    begun,
    end() {
      asked.end(body)
      return answer
    },
  }
}

const codeIn = (body: unknown): string | null => (typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : null)
