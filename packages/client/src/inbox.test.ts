import { expect, it } from 'vitest'
import { CarillonError } from './error.ts'
import { inbox } from './inbox.ts'
import { framesOf } from './inbox-frames.ts'
import type { InboxFrame } from './inbox-types.ts'
import { createTransport } from './transport.ts'

const bytes = (...chunks: (string | Uint8Array<ArrayBuffer>)[]) =>
  new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
      controller.close()
    },
  })
const hello = 'retry: 3000\nid: 4\nevent: hello\ndata: {"resumed":false,"retryMs":3000}\n\n'
const counts = (id: number, total: number) => `id: ${id}\nevent: counts\ndata: {"total":${total},"unread":0,"unseen":0}\n\n`

/** A hub that gives one answer after the other. */
function hub(...answers: (() => Response | Promise<Response>)[]) {
  const requests: { url: string; method: string; headers: Headers; body: unknown }[] = []
  const fetch: typeof globalThis.fetch = async (url, { method = 'GET', headers, body } = {}) => {
    requests.push({ url: String(url), method, headers: new Headers(headers), body: typeof body === 'string' ? JSON.parse(body) : undefined })
    const answer = answers.shift()
    if (answer === undefined) throw new Error('nothing more to say')
    return answer()
  }
  return { requests, inbox: inbox(createTransport({ baseUrl: 'https://hub.example/', token: 't0', user: 'ada', fetch, retries: 0 })) }
}

it('asks as the contract says', async () => {
  const json = (body: unknown) => () => Response.json(body)
  const { requests, inbox } = hub(json({ items: [], nextCursor: null }), json({}), () => new Response(null, { status: 204 }), json({ items: [] }), json({}))
  await inbox.list({ unread: true, limit: 5 })
  await inbox.snooze('ntf/1', null)
  await inbox.delete('ntf_1')
  await inbox.bulk({ ids: ['ntf_1'], action: 'read' })
  await inbox.readAll({ category: 'builds' })
  expect(requests.map(({ method, url, body }) => [method, url, body])).toEqual([
    ['GET', 'https://hub.example/v1/inbox?unread=true&limit=5', undefined],
    ['POST', 'https://hub.example/v1/inbox/ntf%2F1/snooze', { until: null }],
    ['DELETE', 'https://hub.example/v1/inbox/ntf_1', undefined],
    ['POST', 'https://hub.example/v1/inbox/bulk', { ids: ['ntf_1'], action: 'read' }],
    ['POST', 'https://hub.example/v1/inbox/read-all', { category: 'builds' }],
  ])
})

it('a stream ends with the signal of its client, too', async () => {
  const stop = new AbortController()
  const fetch: typeof globalThis.fetch = async () => {
    stop.abort()
    throw stop.signal.reason
  }
  const { stream } = inbox(createTransport({ baseUrl: 'https://hub.example/', token: 't0', fetch, signal: stop.signal }))
  const own = new AbortController()
  await expect(stream({ signal: own.signal, onFrame() {}, wait: async () => {} })).rejects.toMatchObject({ code: 'aborted' })
})

it('comes back after a cut with the last id, waits as the hub said, and ends with its signal', async () => {
  const stop = new AbortController()
  const { requests, inbox } = hub(
    () => new Response(bytes(hello, counts(5, 1))),
    () => Promise.reject(new TypeError('connection refused')),
    () => Response.json({ code: 'stopping', detail: 'x', status: 503 }, { status: 503, headers: { 'retry-after': '20' } }),
    () => new Response(bytes(counts(7, 2))),
  )
  const frames: InboxFrame[] = []
  const waits: number[] = []
  await inbox.stream({
    signal: stop.signal,
    lastEventId: '3',
    onFrame: (frame) => void frames.push(frame),
    wait: async (ms) => {
      waits.push(ms)
      if (waits.length === 4) stop.abort()
    },
  })
  expect(requests.map(({ headers }) => headers.get('last-event-id'))).toEqual(['3', '5', '5', '5'])
  expect(requests[0]?.headers.get('authorization')).toBe('Bearer t0')
  expect(requests[0]?.url).toBe('https://hub.example/v1/inbox/stream')
  expect(frames.map(({ id, event }) => `${event} ${id}`)).toEqual(['hello 4', 'counts 5', 'counts 7'])
  expect(waits).toEqual([3000, 6000, 20_000, 3000])
})

it('gives up when the hub refuses for good', async () => {
  const { inbox } = hub(() => Response.json({ code: 'unauthorized', detail: 'This token is over.', status: 401 }, { status: 401 }))
  const ended = inbox.stream({ signal: new AbortController().signal, onFrame: () => {} })
  await expect(ended).rejects.toThrow(CarillonError)
  await expect(ended).rejects.toMatchObject({ code: 'unauthorized' })
})

it("does not hide what the caller's own function throws", async () => {
  const { inbox } = hub(() => new Response(bytes(hello)))
  const onFrame = () => {
    throw new RangeError('mine')
  }
  await expect(inbox.stream({ signal: new AbortController().signal, onFrame })).rejects.toThrow('mine')
})

it('reads frames however they are cut, and skips comments and what it does not know', async () => {
  const text = new TextEncoder().encode(
    `: \n\n${hello}event: party\nid: 5\ndata: {}\n\nid: 6\nevent: notification\ndata: {"id":"ntf_ü🔔","deleted":true}\n\nid: 7\nevent: cou`,
  )
  const one = Array.from(text, (byte) => Uint8Array.of(byte))
  let beats = 0
  const frames: InboxFrame[] = []
  for await (const frame of framesOf(bytes(...one), () => beats++)) frames.push(frame)
  expect(frames).toEqual([
    { id: '4', event: 'hello', data: { resumed: false, retryMs: 3000 } },
    { id: '6', event: 'notification', data: { id: 'ntf_ü🔔', deleted: true } },
  ])
  expect(beats).toBe(text.length)
})
