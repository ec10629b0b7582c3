import { expect, it } from 'vitest'
import { createUnknownTaskReport } from './unknown-tasks.ts'

it('logs each unknown kind of task once', async () => {
  const lines: object[] = []
  let waiting = [{ name: 'new-kind', count: 2 }]
  const report = createUnknownTaskReport(async () => waiting, { warn: (fields: object) => void lines.push(fields) })
  await report()
  await report()
  waiting = [
    { name: 'new-kind', count: 3 },
    { name: 'newer-kind', count: 1 },
  ]
  await report()
  expect(lines).toEqual([
    { kind: 'new-kind', tasks: 2 },
    { kind: 'newer-kind', tasks: 1 },
  ])
})
