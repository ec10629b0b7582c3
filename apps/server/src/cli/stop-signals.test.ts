import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { onStopSignals } from './stop-signals.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A process whose parent a test may end. */
class Process extends EventEmitter {
  ppid = 100
  readonly env: Record<string, string>
  readonly asked: boolean[] = []
  constructor(env: Record<string, string> = {}) {
    super()
    this.env = env
    onStopSignals(this, (again) => this.asked.push(again))
  }
}

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'])('%s is a request to stop; a second one after a while asks again, and a double one does not', (signal) => {
  const hub = new Process()
  hub.emit(signal)
  hub.emit('SIGINT')
  expect(hub.asked).toEqual([false])
  vi.advanceTimersByTime(1500)
  hub.emit(signal)
  expect(hub.asked).toEqual([false, true])
})

it('the end of the npm that started the process is a request to stop; the end of another parent is not', () => {
  const byNpm = new Process({ npm_command: 'run-script' })
  const byHand = new Process()
  vi.advanceTimersByTime(2000)
  expect(byNpm.asked).toEqual([])
  byNpm.ppid = 1
  byHand.ppid = 1
  vi.advanceTimersByTime(2000)
  expect([byNpm.asked, byHand.asked]).toEqual([[false], []])
})

it('the end of npm after its signal is no second request', () => {
  const hub = new Process({ npm_command: 'exec' })
  hub.emit('SIGTERM')
  hub.ppid = 1
  vi.advanceTimersByTime(5000)
  expect(hub.asked).toEqual([false])
})
