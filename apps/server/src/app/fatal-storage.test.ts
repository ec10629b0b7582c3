import { expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { StorageFailure } from '../storage/dialects/storage-error.ts'
import { endOnFatal } from './fatal-storage.ts'

it('logs what happened and what to do, and exits with 74 at the end of the turn', async () => {
  const lines: string[] = []
  const codes: number[] = []
  const log = createLog('error', { write: (line) => void lines.push(line) })
  endOnFatal(log, (code) => codes.push(code))(new StorageFailure('fatal', 'disk I/O error (SQLite 1034)', null))
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'fatal',
    err: { message: 'disk I/O error (SQLite 1034)' },
    msg: expect.stringMatching(/ends with code 74.*Start it again.*check the disk/s),
  })
  await Promise.resolve() // whoever waits for the commit is refused in this turn
  expect(codes).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(codes).toEqual([74])
})
