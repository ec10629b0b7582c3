import { expect, it } from 'vitest'
import { type FailureKind, StorageFailure } from '../storage/dialects/storage-error.ts'
import { storageRefusal } from './storage-refusal.ts'

it.each([
  ['full', 'storage_full'],
  ['unavailable', 'unavailable'],
  ['fatal', 'unavailable'],
  ['conflict', 'unavailable'],
] satisfies [FailureKind, string][])('maps %s to %s', (kind, code) => {
  expect(storageRefusal(new Error('around it', { cause: new StorageFailure(kind, 'no', null) }))).toBe(code)
})

it('maps no other error', () => expect(storageRefusal(new TypeError('a bug'))).toBeNull())
