import { expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { StorageFailure } from '../storage/dialects/storage-error.ts'
import { endOnFatal } from './fatal-storage.ts'

it('a fatal storage failure logs what to do, and exits with 74 at the end of the turn', async () => {
  const lines: string[] = []
  const codes: number[] = []
  const log = createLog('error', { write: (line) => void lines.push(line) })
  endOnFatal(log, (code) => codes.push(code))(new StorageFailure('fatal', 'disk I/O error (SQLite 1034)', null))
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'fatal',
    err: { message: 'disk I/O error (SQLite 1034)' },
    msg: expect.stringMatching(/ends with code 74.*Start it again.*check the disk/s),
  })
  await Promise.resolve() // the requests that wait for the commit are refused in this turn
  expect(codes).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(codes).toEqual([74])
})
