import { expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { StorageFailure } from '../storage/dialects/storage-error.ts'
import { createFailureLog } from './failure-log.ts'

it('failure log: one line a minute for each work that fails with the database, with the number of those between; of other failures ten', () => {
  let now = 0
  const lines: { msg: string; alike?: number }[] = []
  const failed = createFailureLog(createLog('info', { write: (line) => lines.push(JSON.parse(line)) }), () => now)
  const away = new StorageFailure('unavailable', 'read ECONNRESET', null)
  for (let n = 0; n < 5; n++) failed('fan-out', away)
  failed('delivery', new Error('behind', { cause: away }))
  for (let n = 0; n < 2; n++) failed('fan-out', new Error('a mistake of ours'))
  now = 60_000
  failed('fan-out', away)
  expect(lines.map(({ msg, alike }) => [msg, alike])).toEqual([
    ['fan-out failed', 0],
    ['delivery failed', 0],
    ['fan-out failed', 0],
    ['fan-out failed', 0],
    ['fan-out failed', 4],
  ])
})

it('failure log: what fails with each request has ten lines a minute, which say what happens meanwhile', () => {
  const lines: { msg: string; alike: number }[] = []
  const failed = createFailureLog(createLog('info', { write: (line) => lines.push(JSON.parse(line)) }), () => 0)
  for (let n = 0; n < 1000; n++) failed('planning', new Error(`group ${n}`), 'nothing is lost')
  expect(lines).toHaveLength(10)
  expect(lines[0]).toMatchObject({ msg: 'planning failed: nothing is lost', err: { message: 'group 0' } })
})
