import { expect, it, onTestFinished, vi } from 'vitest'
import { StorageFailure } from '../storage/dialects/storage-error.ts'
import { createMetrics } from './metrics.ts'

const printed = async (build: (metrics: ReturnType<typeof createMetrics>) => void) => {
  const metrics = createMetrics()
  build(metrics)
  return (await metrics.text()).split('\n')
}

it('metrics count by labels, and show a counter without labels from the start', async () => {
  expect(
    await printed((metrics) => {
      metrics.counter('bells_total', 'All bells.')
      const sent = metrics.counter('sent_total', 'Sent.', ['channel', 'outcome'])
      sent.add(['email', 'sent'])
      sent.add(['email', 'sent'], 2)
      sent.add(['ntfy', 'failed'])
    }),
  ).toEqual([
    '# HELP bells_total All bells.',
    '# TYPE bells_total counter',
    'bells_total 0',
    '# HELP sent_total Sent.',
    '# TYPE sent_total counter',
    'sent_total{channel="email",outcome="sent"} 3',
    'sent_total{channel="ntfy",outcome="failed"} 1',
    '',
  ])
})

it('a histogram prints cumulative buckets: a value on a bound is inside, one beyond all is only in +Inf', async () => {
  expect(
    await printed((metrics) => {
      const seconds = metrics.histogram('took_seconds', 'Time.', ['channel'], [0.5, 1, 2])
      for (const value of [0.25, 1, 1.5, 8]) seconds.observe(['email'], value)
    }),
  ).toEqual([
    '# HELP took_seconds Time.',
    '# TYPE took_seconds histogram',
    'took_seconds_bucket{channel="email",le="0.5"} 1',
    'took_seconds_bucket{channel="email",le="1"} 2',
    'took_seconds_bucket{channel="email",le="2"} 3',
    'took_seconds_bucket{channel="email",le="+Inf"} 4',
    'took_seconds_sum{channel="email"} 10.75',
    'took_seconds_count{channel="email"} 4',
    '',
  ])
})

it('metrics read external values when printed, and escape labels', async () => {
  const lines = await printed((metrics) => metrics.read('gauge', 'up', 'Is it\nup\\?', ['name'], async () => [[['a "b"\\\nc'], 1]]))
  expect(lines).toEqual(['# HELP up Is it\\nup\\\\?', '# TYPE up gauge', 'up{name="a \\"b\\"\\\\\\nc"} 1', ''])
})

it('metrics leave out what a database that is away or hangs would have to tell, and print the rest; a mistake of ours fails', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const text = printed((metrics) => {
    metrics.read('gauge', 'gone', 'Gone.', [], () => Promise.reject(new Error('behind', { cause: new StorageFailure('unavailable', 'ECONNREFUSED', null) })))
    metrics.read('gauge', 'silent', 'Silent.', [], () => new Promise(() => {}))
    metrics.read('gauge', 'here', 'Here.', [], () => [[[], 1]])
  })
  await vi.advanceTimersByTimeAsync(3000)
  expect((await text).filter((line) => !line.startsWith('#'))).toEqual(['here 1', ''])
  await expect(printed((metrics) => metrics.read('gauge', 'x', 'X.', [], () => Promise.reject(new Error('a mistake'))))).rejects.toThrow('a mistake')
})
