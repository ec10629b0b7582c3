import { Agent, type IncomingHttpHeaders, request } from 'node:http'

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
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
    const asked = request(`${address}${path}`, { method, headers: { ...headers, ...type }, agent }, (response) => {
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
    asked.end(body)
  })
}

const codeIn = (body: unknown): string | null => (typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : null)
