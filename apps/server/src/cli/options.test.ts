import { expect, it } from 'vitest'
import { momentOption, timeOption } from './options.ts'

const NOW = Date.UTC(2026, 4, 2)

it.each([
  ['2h', '2026-05-01T22:00:00.000Z'],
  ['2026-05-01', '2026-05-01T00:00:00.000Z'],
  ['2026-05-01T08:00+02:00', '2026-05-01T06:00:00.000Z'],
])('--since %s is %s, on every machine', (text, time) => expect(timeOption('since', text, NOW)).toBe(time))

it.each(['2026-05-01T08:00:00', '2026-05-01T', '2026-13-01T08:00:00Z', '2w', 'yesterday'])('--since %s is refused', (text) =>
  expect(() => timeOption('since', text, NOW)).toThrow('--since must be an age'),
)

it.each(['2026-05-01', '2026-05-01T08:00:00', '2h'])('--discard-before %s is refused: it names no moment', (text) =>
  expect(() => momentOption('discard-before', text)).toThrow('--discard-before must be a time with its offset'),
)
