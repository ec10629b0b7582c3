import { describe, expect, it } from 'vitest'
import { StartError } from '../domain/start-error.ts'
import { StorageFailure } from './dialects/storage-error.ts'
import { postgresOpenError, sqliteOpenError } from './open-error.ts'

const coded = (code: string, message = 'the words of the server') =>
  new StorageFailure('unavailable', 'the dialect', Object.assign(new Error(message), { code }))
const said = (error: unknown): string => (error instanceof StartError ? error.message : 'not explained')

describe('PostgreSQL that cannot be opened', () => {
  const on = (error: unknown) => said(postgresOpenError(error, 'postgres://carillon:p%40ss@db.example.com:5433/hub'))

  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ECONNRESET',
    '28P01',
    '28000',
    '3D000',
    '42501',
    '53100',
    '53300',
    '55P03',
    '57014',
    '57P01',
    '57P02',
    '57P03',
    '25006',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s names the variable and where it leads, and never the password', (code) => {
    const sentence = on(coded(code))
    expect(sentence).toMatch(/^CARILLON_DATABASE_URL: /)
    expect(sentence).toMatch(/db\.example\.com:5433|database "hub"/)
    expect(sentence).toMatch(/\. [A-Z].*\.$/) // the remedy
    expect(sentence).not.toMatch(/p%40ss|p@ss/)
  })

  it.each([
    ['The server does not support SSL connections', /offers no TLS/],
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', /wants a password of user "carillon"/],
    ['Connection terminated due to connection timeout', /does not answer in time/],
    ['timeout expired', /does not answer in time/],
    ['Connection terminated unexpectedly', /ended the connection at once/],
  ])('"%s" of the driver is explained too', (words, sentence) => {
    expect(on(new StorageFailure('unavailable', words, new Error(words)))).toMatch(sentence)
  })

  it('a mistake of ours stays what it is', () => {
    const ours = new TypeError('undefined is not a function')
    expect(postgresOpenError(ours, 'postgres://db/hub')).toBe(ours)
  })
})

describe('an SQLite file that cannot be opened', () => {
  const on = (error: unknown) => said(sqliteOpenError(error, '/var/lib/carillon/carillon.db'))
  const sqlite = (errcode: number) => Object.assign(new Error('unable to open database file'), { code: 'ERR_SQLITE_ERROR', errcode })

  it.each([
    [sqlite(8), 'read-only'],
    [sqlite(14), 'cannot open it'],
    [sqlite(26), 'no SQLite database'],
    [new StorageFailure('full', 'migrating', sqlite(13)), 'the disk is full'],
    [sqlite(10 | (3 << 8)), 'reports an error'],
    [coded('ENOTDIR'), 'a file and not a folder'],
    [coded('EEXIST'), 'a file and not a folder'],
    [coded('EACCES'), 'no right'],
    [coded('EROFS'), 'read-only'],
    [coded('ENOSPC'), 'the disk is full'],
  ])('%s names the file, the fault and both variables', (error, fault) => {
    const sentence = on(error)
    expect(sentence).toContain('/var/lib/carillon/carillon.db')
    expect(sentence).toContain(fault)
    expect(sentence).toContain('CARILLON_DATA_DIR or CARILLON_DATABASE_URL')
  })
})
