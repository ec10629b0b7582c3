import { expect, it } from 'vitest'
import { endless } from '../testing/message.ts'
import { fitJson } from './fit-json.ts'

const build = (text: string) => ({ kept: 'whole', text })

it('leaves what fits as it is', () => {
  expect(fitJson('short', 100, build)).toBe('{"kept":"whole","text":"short"}')
})

it.each([
  ['letters', 'x'],
  ['quotes, which cost two bytes each', '"'],
  ['control characters, which cost six', '\u0001'],
  ['people of many code points', '👩‍👩‍👧‍👦'],
  ['everything', '👩‍👩‍👧‍👦é"\\\n'],
])('fills the room with %s, and no more', (_what, unit) => {
  for (const limit of [200, 201, 202, 203]) {
    const json = fitJson(endless(unit), limit, build)
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(limit)
    expect(Buffer.byteLength(json)).toBeGreaterThan(limit - 30)
    expect(JSON.parse(json)).toEqual({ kept: 'whole', text: expect.stringMatching(/…$/) })
    expect(JSON.parse(json).text.isWellFormed()).toBe(true)
  }
})

it('refuses what is too large even without its text', () => {
  expect(() => fitJson('x', 10, build)).toThrow(expect.objectContaining({ failure: 'rejected', code: 'too_large' }))
})

it('leaves out what others bring along where it would take the room of the text', () => {
  const rich = (text: string) => ({ picture: 'p'.repeat(60), text })
  expect(fitJson('short', 100, rich, build)).toContain('ppp')
  expect(fitJson('y'.repeat(60), 100, rich, build)).toBe(JSON.stringify(build('y'.repeat(60))))
  expect(fitJson('y'.repeat(80), 150, rich, build)).toContain('ppp')
})
