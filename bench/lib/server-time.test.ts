import { expect, it } from 'vitest'
import { readStat } from './server-time.ts'

it('reads processor times behind a name with brackets and spaces', () => {
  const line = '4711 (postgres: a) (b) S 4700 4711 4711 0 -1 4194304 900 12 0 0 150 50 700 300 20 0 1 0 123456 227000320 5000'
  expect(readStat(line)).toEqual({ name: 'postgres: a) (b', parent: 4700, own: 2, ended: 10 })
})
