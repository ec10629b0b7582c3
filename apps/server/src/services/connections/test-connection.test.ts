import { Type } from 'typebox'
import { afterEach, expect, it, vi } from 'vitest'
import type { Subscription } from '../../domain/connection.ts'
import type { Message } from '../../domain/message.ts'
import { anEventType, NOON } from '../../domain/testing/samples.ts'
import type { Problem } from '../../providers/kit/contract.ts'
import { defineProvider } from '../../providers/kit/define-provider.ts'
import { DeliveryError } from '../../providers/kit/delivery-error.ts'
import { script } from '../../providers/script/script.ts'
import { createRenderer } from '../../rendering/render.ts'
import { createConnectionTest } from './test-connection.ts'

const types = [
  anEventType({ key: 'test', sample: {} }),
  anEventType({ key: 'a', sample: { n: 1 } }),
  anEventType({ key: 'b', sample: { n: 2 }, severity: 'error' }),
  anEventType({ key: 'c' }),
]
const WARNING: Problem = { pointer: '/settings/server', message: 'is slow', severity: 'warning' }

/** A vendor whose `send` calls `answer`. */
function tryOut(answer: (message: Message) => Promise<void> | void, problems: Problem[] = [], more: Subscription[] = [], dispose = () => {}) {
  const provider = defineProvider({
    id: 'bell',
    name: 'Bell',
    channel: 'bell',
    docs: 'https://bell.example/',
    settings: Type.Object({}),
    destination: Type.Object({}),
    capabilities: { format: 'text' },
    async send({ message }) {
      await answer(message)
      return {}
    },
    check: () => problems,
    dispose,
  })
  const test = createConnectionTest({
    http: {
      request: () => Promise.reject(new Error('no network here')),
      dial: () => Promise.reject(new Error('no network here')),
      mayHandOver: () => Promise.reject(new Error('no network here')),
    },
    clock: () => NOON,
    render: createRenderer({ baseUrl: 'https://hub.test', instance: { name: 'Bells' } }).message,
    eventType: (key) => types.find((type) => type.key === key),
  })
  const events = [{ type: 'b', when: { n: 7 } }, { type: 'a' }, { type: 'c' }, ...more]
  return test(provider, { settings: {}, destination: {}, personal: false, events })
}

afterEach(() => vi.useRealTimers())

it('a connection test sends one sample for each event type, marked as a test, in the order of the connection', async () => {
  const sent: Message[] = []
  expect(await tryOut((message) => void sent.push(message))).toEqual({ sent: ['b', 'a', 'c'], failures: [], health: { error: null } })
  expect(sent.map(({ event, severity }) => [event.type, event.data, event.test, severity])).toEqual([
    ['b', { n: 2 }, true, 'error'],
    ['a', { n: 1 }, true, 'info'],
    ['c', {}, true, 'info'],
  ])
})

it('a connection test closes the sockets that it opened, however it ends', async () => {
  const calls: string[] = []
  const closed = () => void calls.push('closed')
  await tryOut(({ event }) => void calls.push(event.type), [], [], closed)
  await tryOut(() => Promise.reject(new Error('no')), [], [], closed)
  expect(calls).toEqual(['b', 'a', 'c', 'closed', 'closed'])
})

it('the first failure ends a connection test, and the result lists the samples sent before', async () => {
  const result = await tryOut(({ event }) => {
    if (event.type === 'a') throw new DeliveryError('temporary', 'bell.example answered 503', { code: 'http_503', status: 503 })
  })
  expect(result).toEqual({
    sent: ['b'],
    failures: [{ field: '', message: 'bell.example answered 503', severity: 'error', code: 'http_503' }],
    health: { error: 'bell.example answered 503' },
  })
})

it.each([
  ['an address that is gone', new DeliveryError('unreachable', 'bell.example answered 410', { status: 410 })],
  ['a door that is closed to us', new DeliveryError('misconfigured', 'bell.example answered 410', { scope: 'message' })],
])('%s counts for a shared connection, whose address is a setting', async (_what, error) => {
  expect(await tryOut(() => Promise.reject(error))).toMatchObject({ sent: [], health: { error: 'bell.example answered 410' } })
})

it('a rejected sample or a rate limit does not count for the health', async () => {
  for (const error of [new DeliveryError('rejected', 'too long'), new DeliveryError('temporary', 'later', { throttled: 'target' })])
    expect(await tryOut(() => Promise.reject(error))).not.toHaveProperty('health')
})

it('a script is stopped at the end of its test', async () => {
  const limits: unknown[] = []
  const test = createConnectionTest({
    http: {
      request: () => Promise.reject(new Error('no network here')),
      dial: () => Promise.reject(new Error('no network here')),
      mayHandOver: () => Promise.reject(new Error('no network here')),
    },
    clock: () => NOON,
    scripts: {
      find: () => ({ path: '/scripts/notify.sh' }),
      async run({ limitMs }) {
        limits.push(limitMs)
        return { code: 0, ended: null, output: '', ms: 1 }
      },
    },
    render: createRenderer({ baseUrl: 'https://hub.test', instance: { name: 'Bells' } }).message,
    eventType: (key) => types.find((type) => type.key === key),
  })
  await test(script, { settings: { path: 'notify.sh' }, destination: {}, personal: false, events: [] })
  expect(limits).toEqual([10_000])
})

it('each sample of a test has 10 s', async () => {
  vi.useFakeTimers()
  const slow = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
  const result = tryOut(({ event }) => slow(event.type === 'c' ? 10_001 : 9_999))
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await result).toMatchObject({ sent: ['b', 'a'], failures: [{ code: 'timeout', message: 'No answer within 10 s' }] })
})

it('a rate limit is retried once, and no later than the deadline of the sample', async () => {
  vi.useFakeTimers()
  const busy = (retryAfterMs: number) => new DeliveryError('temporary', 'slow down', { code: 'http_429', status: 429, retryAfterMs })
  const waits: Record<string, number[]> = { b: [2_000], a: [3_000, 1_000], c: [] }
  const result = tryOut(({ event }) => {
    const wait = waits[event.type]?.shift()
    if (wait !== undefined) throw busy(wait)
  })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await result).toMatchObject({ sent: ['b'], failures: [{ code: 'http_429' }] })
  const asked: string[] = []
  const long = await tryOut(({ event }) => {
    asked.push(event.type)
    throw busy(10_001)
  })
  expect([asked, long.failures[0]?.code]).toEqual([['b'], 'http_429'])
})

it('a test warns of a subscription to an unknown event type: it may be misspelt', async () => {
  const { sent, failures } = await tryOut(() => {}, [], [{ type: '*' }, { type: 'biuld.failed' }])
  expect(sent).toEqual(['b', 'a', 'c', 'test'])
  expect(failures).toMatchObject([{ field: '/events/4/type', severity: 'warning', code: 'unknown_event_type' }])
})

it('warnings are part of the result and do not fail a test', async () => {
  const warning = { field: '/settings/server', message: 'is slow', severity: 'warning', code: 'warning' }
  expect(await tryOut(() => {}, [WARNING])).toMatchObject({ sent: ['b', 'a', 'c'], failures: [warning], health: { error: null } })
  const failing = () => Promise.reject(new DeliveryError('rejected', 'no'))
  expect(await tryOut(failing, [WARNING])).toMatchObject({ sent: [], failures: [{ severity: 'error' }, warning] })
})
