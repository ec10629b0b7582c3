import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { failsForAll, postgresFailure, StorageFailure, sqliteFailure, storageFailure } from './storage-error.ts'

const sqliteError = (errcode: number) => Object.assign(new Error('disk'), { code: 'ERR_SQLITE_ERROR', errcode })
const postgresError = (code: string) => Object.assign(new Error('said the server'), { code })

describe('an error of SQLite', () => {
  it.each([
    ['BUSY', 5, 'unavailable', 'unavailable'],
    ['BUSY_SNAPSHOT', 517, 'unavailable', 'unavailable'],
    ['LOCKED', 6, 'unavailable', 'unavailable'],
    ['IOERR', 10, 'fatal', 'unavailable'],
    ['IOERR_READ', 266, 'fatal', 'unavailable'],
    ['IOERR_SHORT_READ', 522, 'fatal', 'unavailable'],
    ['IOERR_WRITE', 778, 'fatal', 'unavailable'],
    ['IOERR_FSYNC', 1034, 'fatal', 'unavailable'],
    ['IOERR_NOMEM', 3082, 'unavailable', 'unavailable'],
    ['CORRUPT', 11, 'fatal', 'unavailable'],
    ['CORRUPT_INDEX', 779, 'fatal', 'unavailable'],
    ['FULL', 13, 'full', 'full'],
    ['NOTADB', 26, 'fatal', 'unavailable'],
    ['CONSTRAINT_UNIQUE', 2067, null, null],
    ['ERROR', 1, null, null],
    ['NOMEM', 7, 'unavailable', 'unavailable'],
    ['READONLY', 8, 'unavailable', 'unavailable'],
    ['READONLY_DBMOVED', 1032, 'unavailable', 'unavailable'],
    ['CANTOPEN', 14, 'unavailable', 'unavailable'],
    ['PROTOCOL', 15, 'unavailable', 'unavailable'],
  ])('%s (%i) is %s where something is written, and %s in a read', (_name, errcode, writing, reading) => {
    expect([sqliteFailure(sqliteError(errcode), true), sqliteFailure(sqliteError(errcode), false)]).toEqual([writing, reading])
  })

  it('is found as the cause of another error, by its code only', () => {
    expect(sqliteFailure(new Error('commit', { cause: sqliteError(1034) }), true)).toBe('fatal')
    expect(sqliteFailure('SQLITE_IOERR', true)).toBeNull()
    expect(sqliteFailure(new Error('disk I/O error'), true)).toBeNull()
  })

  it('is recognised when SQLite itself throws it', () => {
    const raw = new DatabaseSync(':memory:')
    raw.exec('pragma max_page_count = 3; create table t (v blob)')
    let thrown: unknown
    try {
      for (let n = 0; n < 100; n++) raw.prepare('insert into t values (zeroblob(4096))').run()
    } catch (error) {
      thrown = error
    }
    expect(sqliteFailure(thrown, true)).toBe('full')
    raw.close()
  })
})

describe('an error of PostgreSQL', () => {
  it.each([
    ['58030', 'fatal'],
    ['XX001', 'fatal'],
    ['XX002', 'fatal'],
    ['XX000', null],
    ['53100', 'full'],
    ['ENOSPC', 'full'],
    ['08000', 'unavailable'],
    ['08006', 'unavailable'],
    ['08P01', 'unavailable'],
    ['53000', 'unavailable'],
    ['53200', 'unavailable'],
    ['53300', 'unavailable'],
    ['25006', 'unavailable'],
    ['57P01', 'unavailable'],
    ['57P02', 'unavailable'],
    ['57P03', 'unavailable'],
    ['57P04', 'unavailable'],
    ['57P05', 'unavailable'],
    ['25P03', 'unavailable'],
    ['25P04', 'unavailable'],
    ['53400', 'unavailable'],
    ['55P03', 'unavailable'],
    ['57014', 'unavailable'], // the statement took too long
    ['58000', 'unavailable'],
    ['58P01', 'unavailable'],
    ['40001', 'conflict'],
    ['40P01', 'conflict'], // a deadlock
    ['23505', null], // unique_violation
    ['ECONNRESET', 'unavailable'],
    ['ECONNREFUSED', 'unavailable'],
    ['EPIPE', 'unavailable'],
    ['ETIMEDOUT', 'unavailable'],
    ['EAI_AGAIN', 'unavailable'],
  ])('%s is %s', (code, kind) => expect(postgresFailure(postgresError(code))).toBe(kind))

  it.each([
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
  ])('"%s" of the driver is a lost connection', (message) => expect(postgresFailure(new Error(message))).toBe('unavailable'))

  it('is found as the cause of another error, and not by similar texts', () => {
    expect(postgresFailure(new Error('commit', { cause: postgresError('53100') }))).toBe('full')
    expect(postgresFailure(new Error('Connection of the vendor terminated'))).toBeNull()
    expect(postgresFailure('58030')).toBeNull()
  })
})

it('a storage failure is found behind the errors it caused, and only if the dialect threw it', () => {
  const failure = new StorageFailure('full', 'no room', sqliteError(13))
  expect(storageFailure(new Error('the group', { cause: new Error('the row', { cause: failure }) }))).toBe('full')
  // A vendor that refuses the connection is not our database.
  expect(storageFailure(postgresError('ECONNREFUSED'))).toBeNull()
  expect(storageFailure(null)).toBeNull()
})

it('a conflict is the failure of those who were in it, and of nobody else', () => {
  const of = (kind: 'full' | 'conflict') => failsForAll(new Error('the group', { cause: new StorageFailure(kind, 'no', null) }))
  expect([of('full'), of('conflict'), failsForAll(new Error('a row'))]).toEqual([true, false, false])
})
