import { Pool } from 'undici'

export interface Post {
  path: string
  headers: Record<string, string>
  body: string
}

/** Results of one round: its duration and the responses that were not 2xx. */
export interface Round {
  seconds: number
  perSecond: number
  refused: number
}

/**
 * Sends `count` requests with at most `connections` in flight and waits for every response, with the cheapest client in Node, so that the
 * server is measured. `each` builds a request by its number; `answered` gets its status and body.
 */
export async function postAll(
  origin: string,
  count: number,
  connections: number,
  each: (n: number) => Post,
  answered?: (n: number, status: number, body: string) => void,
): Promise<Round> {
  const pool = new Pool(origin, { connections, pipelining: 1, allowH2: false })
  const began = performance.now()
  let next = 0
  let refused = 0
  async function runner(): Promise<void> {
    while (next < count) {
      const n = next++
      const { path, headers, body } = each(n)
      const { status, text } = await post(pool, path, headers, body, answered !== undefined)
      if (status < 200 || status > 299) refused++
      answered?.(n, status, text)
    }
  }
  await Promise.all(Array.from({ length: connections }, runner))
  const seconds = (performance.now() - began) / 1000
  await pool.destroy()
  return { seconds, perSecond: count / seconds, refused }
}

/** One request with `dispatch`: `request()` and its streams would cost more than the exchange. */
export function post(pool: Pool, path: string, headers: Record<string, string>, body: string, keep: boolean): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    let status = 0
    let text = ''
    pool.dispatch(
      { path, method: 'POST', headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, code) {
          status = code
        },
        onResponseData(_controller, chunk) {
          if (keep) text += chunk.toString('utf8')
        },
        onResponseEnd() {
          resolve({ status, text })
        },
        onResponseError(_controller, error) {
          reject(error)
        },
      },
    )
  })
}
