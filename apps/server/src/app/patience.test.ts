import { expect, it, vi } from 'vitest'
import type { Task } from '../domain/task.ts'
import { MINUTE } from '../domain/time.ts'
import { StorageFailure } from '../storage/dialects/storage-error.ts'
import { createPatience } from './patience.ts'

const away = () => new StorageFailure('unavailable', 'away', null)
const task = (id: string): Task => ({ id, name: 'fan-out', ref: `evt ${id}`, attempt: 1 })

function rig() {
  const clock = { now: 1_000_000 }
  const queue = {
    claim: vi.fn(async () => []),
    claimSuspect: vi.fn(async () => null),
    release: vi.fn(async (_tasks: Task[]) => {}),
    heartbeat: vi.fn(async (_tasks: Task[]) => {}),
    fail: vi.fn(async (_task: Task, _error: string, _atLeastUntil?: number) => {}),
    sweep: vi.fn(async () => {}),
    onWork: () => () => {},
  }
  const patience = createPatience(
    (error) => error instanceof StorageFailure,
    () => clock.now,
  )
  return { clock, queue, patience, tasks: patience.with(queue) }
}

it('a task that failed by itself is given up when its kind says so', async () => {
  const { patience, queue, tasks } = rig()
  patience.noticed(new Error('a template'))
  await tasks.fail(task('a'), 'a template')
  expect(queue.fail).toHaveBeenCalledExactlyOnceWith(task('a'), 'a template', undefined)
})

it('no task is given up while the storage fails, nor for a minute after', async () => {
  const { clock, patience, queue, tasks } = rig()
  patience.noticed(away())
  await tasks.fail(task('a'), 'away')
  expect(queue.fail).toHaveBeenLastCalledWith(task('a'), 'away', clock.now + MINUTE)
  clock.now += MINUTE
  await tasks.fail(task('a'), 'a template')
  expect(queue.fail).toHaveBeenLastCalledWith(task('a'), 'a template', undefined)
})

it('a task that could not be released keeps its lease and is released with the next heartbeat', async () => {
  const { queue, tasks } = rig()
  queue.fail.mockRejectedValue(away())
  queue.release.mockRejectedValueOnce(away()).mockRejectedValueOnce(away())
  await tasks.fail(task('a'), 'away')
  await tasks.release([task('b')])
  await tasks.heartbeat([task('walk')])
  expect(queue.heartbeat).toHaveBeenLastCalledWith([task('walk'), task('a'), task('b')])
  await tasks.heartbeat([])
  expect(queue.release).toHaveBeenLastCalledWith([task('a'), task('b')])
  expect(queue.heartbeat).toHaveBeenLastCalledWith([])
  queue.release.mockClear()
  await tasks.heartbeat([])
  expect(queue.release).not.toHaveBeenCalled()
})

it('a storage failure does not hide other errors', async () => {
  const { queue, tasks } = rig()
  queue.fail.mockRejectedValue(new TypeError('a bug'))
  await expect(tasks.fail(task('a'), 'away')).rejects.toThrow('a bug')
  await tasks.heartbeat([])
  expect(queue.release).not.toHaveBeenCalled()
})
