import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { isFatalStorageError, isStorageFull } from './storage-error.ts'

const sqliteError = (errcode: number) => Object.assign(new Error('disk'), { code: 'ERR_SQLITE_ERROR', errcode })

it('knows an I/O error and a damaged file, also by their extended codes and as the cause of another error', () => {
  expect(isFatalStorageError(sqliteError(10))).toBe(true)
  expect(isFatalStorageError(sqliteError(1034))).toBe(true) // SQLITE_IOERR_FSYNC
  expect(isFatalStorageError(sqliteError(11))).toBe(true)
  expect(isFatalStorageError(new Error('commit', { cause: sqliteError(26) }))).toBe(true)
  expect(isFatalStorageError(sqliteError(19))).toBe(false) // a constraint is no reason to stop
  expect(isFatalStorageError('SQLITE_IOERR')).toBe(false)
})

it('knows a full disk of both engines', () => {
  expect(isStorageFull(sqliteError(13))).toBe(true)
  expect(isStorageFull(Object.assign(new Error('could not extend file'), { code: '53100' }))).toBe(true)
  expect(isStorageFull(sqliteError(10))).toBe(false)
})

it('recognises what SQLite itself says when there is no room', () => {
  const raw = new DatabaseSync(':memory:')
  raw.exec('pragma max_page_count = 3; create table t (v blob)')
  const fill = () => {
    for (let n = 0; n < 100; n++) raw.prepare('insert into t values (zeroblob(4096))').run()
  }
  let thrown: unknown
  try {
    fill()
  } catch (error) {
    thrown = error
  }
  expect(isStorageFull(thrown)).toBe(true)
  expect(isFatalStorageError(thrown)).toBe(false)
  raw.close()
})
