import { expect, it, onTestFinished, vi } from 'vitest'
import { createLookups, type Lookup } from './lookups.ts'

const address = [{ address: '192.0.2.1', family: 4 }]

/** A resolver that answers when it is told to. */
function resolver() {
  const asked: { host: string; done: Parameters<Lookup>[1] }[] = []
  const resolve = createLookups((host, done) => void asked.push({ host, done }))
  return { asked, resolve }
}

it('asks once for all who want a name at the same time, and again afterwards', async () => {
  const { asked, resolve } = resolver()
  const { signal } = new AbortController()
  const all = [resolve('one.test', signal), resolve('one.test', signal), resolve('two.test', signal)]
  await expect.poll(() => asked.map(({ host }) => host)).toEqual(['one.test', 'two.test'])
  for (const { done } of asked) done(null, address)
  expect(await Promise.all(all)).toEqual([address, address, address])
  const next = resolve('one.test', signal)
  await expect.poll(() => asked.length).toBe(3)
  asked[2]!.done(new Error('gone'), [])
  await expect(next).rejects.toThrow('gone')
})

it('lets everybody go at their own deadline, and asks a resolver that hangs no second question', async () => {
  const { asked, resolve } = resolver()
  for (let attempt = 0; attempt < 100; attempt++) {
    const stop = new AbortController()
    const waiting = resolve('mute.test', stop.signal)
    stop.abort(new Error('too late'))
    await expect(waiting).rejects.toThrow('too late')
  }
  expect(asked).toHaveLength(1)
  const { signal } = new AbortController()
  const last = resolve('mute.test', signal)
  const gone = new AbortController()
  const stopped = resolve('mute.test', gone.signal)
  gone.abort(new Error('too late'))
  await expect(stopped).rejects.toThrow('too late')
  const touched = vi.spyOn(gone.signal, 'removeEventListener')
  asked[0]!.done(null, address)
  expect(await last, 'its late answer is good for who still waits').toEqual(address)
  expect(touched, 'and whoever stopped is forgotten').not.toHaveBeenCalled()
})

it('asks again after a minute without an answer, and the late one ends no question but its own', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { asked, resolve } = resolver()
  const { signal } = new AbortController()
  const turn = () => new Promise((next) => setImmediate(next))
  const first = resolve('lost.test', signal)
  await turn()
  vi.advanceTimersByTime(59_999)
  const second = resolve('lost.test', signal)
  await turn()
  expect(asked).toHaveLength(1)
  vi.advanceTimersByTime(1)
  const third = resolve('lost.test', signal)
  await turn()
  expect(asked).toHaveLength(2)
  asked[0]!.done(null, address)
  expect(await Promise.all([first, second])).toEqual([address, address])
  const fourth = resolve('lost.test', signal)
  await turn()
  expect(asked, 'the second question is still open').toHaveLength(2)
  asked[1]!.done(null, address)
  expect(await Promise.all([third, fourth])).toEqual([address, address])
})

it('answers nobody who has already stopped', async () => {
  const { asked, resolve } = resolver()
  await expect(resolve('one.test', AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
  expect(asked).toEqual([])
})
