import { expect, it, vi } from 'vitest'
import { createGuard } from './guard.ts'
import { StorageFailure, storageFailure } from './storage-error.ts'

it('returns an error unchanged when the storage did not fail', () => {
  const error = new Error('unique')
  expect(createGuard().failure(error, null)).toBe(error)
})

it('allows further statements after a failure that is not fatal', () => {
  const onFatal = vi.fn()
  const guard = createGuard(onFatal)
  const failure = guard.failure(Object.assign(new Error('no room'), { code: '53100' }), 'full')
  expect(failure).toMatchObject({ name: 'StorageFailure', kind: 'full', message: 'no room (53100)', cause: { code: '53100' } })
  guard.pass()
  expect(guard.closed()).toBe(false)
  expect(onFatal).not.toHaveBeenCalled()
})

it('reports the first fatal failure once, and refuses every later statement', () => {
  const onFatal = vi.fn()
  const guard = createGuard(onFatal)
  const first = guard.failure(Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 1034 }), 'fatal')
  guard.failure(new Error('another'), 'fatal')
  expect(onFatal).toHaveBeenCalledExactlyOnceWith(first)
  expect(first).toMatchObject({ message: 'disk I/O error (SQLite 1034)' })
  expect(guard.closed()).toBe(true)
  expect(() => guard.pass()).toThrow(StorageFailure)
  try {
    guard.pass()
  } catch (refusal) {
    expect(storageFailure(refusal)).toBe('fatal')
  }
})
