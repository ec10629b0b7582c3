import { describe, expect, it, vi } from 'vitest'
import { CarillonError, type ClientOptions, createClient } from './index.ts'

interface Seen {
  method: string
  url: string
  headers: Headers
  body: unknown
}
type Answer = () => Response | Promise<Response>

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  json(status, { type: 't', title: 't', status, code, detail: `because ${code}`, errors: [{ pointer: '/a', message: 'm' }], requestId: 'req_1' }, headers)

/** A hub that gives these answers in turn, and a client that waits without waiting. */
function hub(answers: Answer[], options: Partial<ClientOptions> = {}) {
  const seen: Seen[] = []
  const waits: number[] = []
  const client = createClient({
    baseUrl: 'https://hub.example/',
    token: 'ck_1',
    fetch: async (input, init) => {
      seen.push({ method: init?.method ?? 'GET', url: String(input), headers: new Headers(init?.headers), body: init?.body && JSON.parse(String(init.body)) })
      const answer = answers[Math.min(seen.length, answers.length) - 1]
      if (answer === undefined) throw new Error('nothing to answer')
      return answer()
    },
    wait: async (ms) => void waits.push(ms),
    ...options,
  })
  return { client, seen, waits }
}

const accepted: Answer = () => json(202, { id: 'evt_1' })
const down: Answer = () => Promise.reject(new TypeError('connect ECONNREFUSED'))

describe('the client', () => {
  it('says who asks, for whom, and what', async () => {
    const { client, seen } = hub([accepted])
    expect(await client.as('ann').events.report({ type: 'a.b', to: ['bob'] })).toEqual({ id: 'evt_1' })
    const [{ method, url, headers, body }] = seen as [Seen]
    expect({ method, url, body }).toEqual({ method: 'POST', url: 'https://hub.example/v1/events', body: { type: 'a.b', to: ['bob'] } })
    expect(headers.get('authorization')).toBe('Bearer ck_1')
    expect(headers.get('carillon-user')).toBe('ann')
  })

  it('speaks for users whatever script their id is written in', async () => {
    const { client, seen } = hub([accepted])
    await client.as('Łukasz 100%').inbox.counts()
    expect(seen[0]?.headers.get('carillon-user')).toBe('%C5%81ukasz%20100%25')
  })

  it('asks for a token before every request when it was given a function', async () => {
    let n = 0
    const { client, seen } = hub([() => json(200, { items: [], nextCursor: null })], { token: async () => `t${++n}` })
    await client.users.list()
    await client.users.list()
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer t1', 'Bearer t2'])
  })

  it.each<[string, Answer]>([
    ['nobody answers', down],
    ['429', () => problem(429, 'too_many_requests')],
    ['502', () => new Response('<html>bad gateway</html>', { status: 502 })],
    ['503', () => problem(503, 'overloaded')],
    ['504', () => new Response('', { status: 504 })],
    ['the first try still runs', () => problem(409, 'idempotency_running')],
  ])('tries again with the same idempotency key when %s', async (_name, bad) => {
    const { client, seen } = hub([bad, bad, accepted])
    expect(await client.events.report({ type: 'a.b', to: ['x'] })).toEqual({ id: 'evt_1' })
    const keys = seen.map(({ headers }) => headers.get('idempotency-key'))
    expect(keys).toHaveLength(3)
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('makes another key for another call, and takes the one it is given', async () => {
    const { client, seen } = hub([accepted])
    const report = { type: 'a.b', to: ['x'] }
    await client.events.report(report)
    await client.events.report(report)
    await client.events.report(report, { idempotencyKey: 'mine' })
    const keys = seen.map(({ headers }) => headers.get('idempotency-key'))
    expect(new Set(keys).size).toBe(3)
    expect(keys[2]).toBe('mine')
  })

  it('passes on how many hubs an event has passed, and says nothing unless told', async () => {
    const { client, seen } = hub([accepted])
    const report = { type: 'a.b', to: ['x'] }
    await client.events.report(report, { hops: 3 })
    await client.events.notify({ to: ['x'], title: 'a', body: '' }, { hops: 0 })
    await client.events.reportBatch([report], { hops: 8 })
    await client.events.report(report)
    expect(seen.map(({ headers }) => headers.get('carillon-hops'))).toEqual(['3', '0', '8', null])
  })

  it.each([400, 401, 403, 404, 422, 500])('does not repeat a %i', async (status) => {
    const { client, seen } = hub([() => problem(status, 'some_code')])
    const error = await client.events.report({ type: 'a.b', to: ['x'] }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(CarillonError)
    expect(error).toMatchObject({ status, code: 'some_code', message: 'because some_code', requestId: 'req_1', errors: [{ pointer: '/a', message: 'm' }] })
    expect(seen).toHaveLength(1)
  })

  it('does not repeat a conflict', async () => {
    const { client, seen } = hub([() => problem(409, 'not_retryable')])
    await expect(client.deliveries.retry('dlv_1')).rejects.toMatchObject({ code: 'not_retryable' })
    expect(seen).toHaveLength(1)
  })

  const REFUSALS = [
    ['unavailable', '5'],
    ['storage_full', '10'],
    ['stopping', '5'],
    ['overloaded', '2'],
  ] as const
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
  it.each(METHODS.flatMap((method) => REFUSALS.map(([code, wait]) => [method, code, wait] as const)))(
    'repeats a %s after 503 %s in %s s',
    async (method, code, wait) => {
      const { client, seen, waits } = hub([() => problem(503, code, { 'retry-after': wait }), () => json(200, { done: true })])
      expect(await client.transport.request(method, '/v1/x', { body: { a: 1 } })).toEqual({ done: true })
      expect(seen.map(({ method, body }) => [method, body])).toEqual([
        [method, { a: 1 }],
        [method, { a: 1 }],
      ])
      expect(waits).toEqual([Number(wait) * 1000])
    },
  )

  it.each<[string, Answer]>([
    ['cannot be reached', down],
    ['asks to wait', () => problem(503, 'unavailable', { 'retry-after': '5' })],
  ])('outlasts a restart of 20 s and a drain of 25 s when the hub %s', async (_name, bad) => {
    let back = false
    let passed = 0
    const { client } = hub([() => (back ? accepted() : bad())], {
      wait: async (ms) => {
        passed += ms
        back = passed >= 45_000
      },
    })
    expect(await client.events.report({ type: 'a.b', to: ['x'] })).toEqual({ id: 'evt_1' })
    expect(passed).toBeLessThan(60_000)
  })

  it('repeats for as long as it was told to', async () => {
    const short = hub([down], { retryForMs: 3000 })
    await expect(short.client.health.get()).rejects.toMatchObject({ code: 'unreachable' })
    const waited = short.waits.reduce((sum, ms) => sum + ms, 0)
    expect(waited).toBeGreaterThan(2000)
    expect(waited).toBeLessThanOrEqual(3000)
    const never = hub([down], { retryForMs: 0 })
    await expect(never.client.health.get()).rejects.toMatchObject({ code: 'unreachable' })
    expect(never.seen).toHaveLength(1)
  })

  it('waits as long as it is told, and longer from try to try when it is not', async () => {
    const told = hub([() => problem(503, 'overloaded', { 'retry-after': '7' }), accepted])
    await told.client.events.report({ type: 'a.b', to: ['x'] })
    expect(told.waits).toEqual([7000])
    const { client, waits } = hub([down, down, down, down, down, down, accepted])
    await client.events.report({ type: 'a.b', to: ['x'] })
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(Math.min(100 * 2 ** i, 2000))
      expect(wait).toBeLessThanOrEqual(Math.min(200 * 2 ** i, 4000))
    }
  })

  it('gives up in the end, and at once when the wait would be too long', async () => {
    const dead = hub([down], { retries: 3 })
    await expect(dead.client.health.get()).rejects.toMatchObject({ code: 'unreachable', status: 0 })
    expect(dead.seen).toHaveLength(4)
    for (const seconds of [31, 60, 3600]) {
      const late = hub([() => problem(503, 'stopping', { 'retry-after': String(seconds) })])
      await expect(late.client.health.get()).rejects.toMatchObject({ retryAfter: seconds })
      expect(late.seen).toHaveLength(1)
    }
  })

  it('stops when the caller has lost interest', async () => {
    const stop = new AbortController()
    const { client, seen } = hub([
      () => {
        stop.abort()
        throw stop.signal.reason
      },
    ])
    await expect(client.events.report({ type: 'a.b', to: ['x'] }, { signal: stop.signal })).rejects.toMatchObject({ name: 'CarillonError', code: 'aborted' })
    expect(seen).toHaveLength(1)
  })

  it('stops in the middle of a wait, of every method, when the signal of the client says so', async () => {
    const stop = new AbortController()
    const { client, seen } = hub([down], {
      wait: (_ms, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason))
          stop.abort(new Error('enough'))
        }),
    })
    await expect(client.with({ signal: stop.signal }).users.list()).rejects.toMatchObject({ code: 'aborted', cause: { message: 'enough' } })
    expect(seen).toHaveLength(1)
  })

  it('with other options is the same client otherwise', async () => {
    const { client, seen } = hub([down])
    await expect(client.as('ann').with({ retryForMs: 0 }).inbox.counts()).rejects.toMatchObject({ code: 'unreachable' })
    expect(seen.map(({ headers }) => headers.get('carillon-user'))).toEqual(['ann'])
  })

  it('asks again, with the same key, when an answer was cut', async () => {
    const cut = () =>
      new Response(
        new ReadableStream({
          start(body) {
            body.enqueue(new TextEncoder().encode('{"id":'))
            body.error(new TypeError('terminated'))
          },
        }),
        { status: 202 },
      )
    const { client, seen } = hub([cut, accepted])
    expect(await client.events.report({ type: 'a.b', to: ['x'] })).toEqual({ id: 'evt_1' })
    expect(new Set(seen.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1)
  })

  it('says that the address may be wrong when a page answers in place of a hub', async () => {
    const { client, seen } = hub([() => new Response('<html>Welcome</html>', { status: 200 })])
    await expect(client.health.get()).rejects.toMatchObject({ name: 'CarillonError', code: 'http_200', message: expect.stringContaining('address of a hub') })
    expect(seen).toHaveLength(1)
  })

  it('makes keys on pages without https too', async () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
    const { client, seen } = hub([accepted])
    for (let i = 0; i < 2; i++) await client.events.report({ type: 'a.b', to: ['x'] })
    vi.unstubAllGlobals()
    const keys = seen.map(({ headers }) => headers.get('idempotency-key'))
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)])
    expect(new Set(keys).size).toBe(2)
  })

  it('walks a list to its end, and no further than it is read', async () => {
    const pages: Answer[] = [() => json(200, { items: [1, 2], nextCursor: 'c1' }), () => json(200, { items: [3], nextCursor: null })]
    const whole = hub(pages)
    const all: unknown[] = []
    for await (const user of whole.client.users.all({ limit: 2 })) all.push(user)
    expect(all).toEqual([1, 2, 3])
    expect(whole.seen.map(({ url }) => new URL(url).search)).toEqual(['?limit=2', '?limit=2&cursor=c1'])
    const part = hub(pages)
    for await (const _first of part.client.users.all()) break
    expect(part.seen).toHaveLength(1)
  })

  it('encodes what stands in a path, and answers nothing for 204', async () => {
    const { client, seen } = hub([() => json(204, null)])
    expect(await client.users.delete('a/b ?#')).toBeUndefined()
    expect(seen[0]?.url).toBe('https://hub.example/v1/users/a%2Fb%20%3F%23')
  })
})
