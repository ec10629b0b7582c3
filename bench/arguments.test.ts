import { expect, it } from 'vitest'
import { type Names, readArguments } from './arguments.ts'

const NAMES: Names<'sqlite' | 'postgres'> = {
  engines: ['sqlite', 'postgres'],
  rows: ['accept', 'deliver', 'backlog'],
  compared: ['accept', 'deliver'],
}
const read = (line: string) => readArguments(line === '' ? [] : line.split(' '), NAMES)

it('measures every row on both engines unless said', () => {
  expect(read('')).toEqual({ rows: ['accept', 'deliver', 'backlog'], engines: ['sqlite', 'postgres'], all: true, against: null })
})

it('takes rows and engines in any order, and measures them in its own', () => {
  expect(read('postgres deliver accept')).toEqual({ rows: ['accept', 'deliver'], engines: ['postgres'], all: false, against: null })
})

it('compares what can be compared, in eight rounds', () => {
  expect(read('--against ../before')).toEqual({
    rows: ['accept', 'deliver'],
    engines: ['sqlite', 'postgres'],
    all: true,
    against: { folder: '../before', rounds: 8 },
  })
  expect(read('accept --rounds 20 sqlite --against=../before')).toEqual({
    rows: ['accept'],
    engines: ['sqlite'],
    all: false,
    against: { folder: '../before', rounds: 20 },
  })
})

it.each([
  ['nonsense', 'There is no row nonsense.'],
  ['--against ../before backlog', 'The row backlog cannot be compared with another checkout.'],
  ['--against ../before nonsense', 'There is no row nonsense.'],
  ['--rounds 3', '--rounds belongs to --against.'],
  ['--against ../before --rounds 0', '--rounds wants a number from 1 to 999, not 0.'],
  ['--against ../before --rounds many', '--rounds wants a number from 1 to 999, not many.'],
  ['--against=', '--against wants the folder of another checkout.'],
])('says what is wrong with %s', (line, sentence) => {
  expect(read(line)).toBe(sentence)
})

it.each(['--against', '--nonsense', '--against --rounds 3'])('refuses %s', (line) => {
  expect(read(line)).toEqual(expect.any(String))
})
