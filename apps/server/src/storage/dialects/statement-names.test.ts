import { expect, it } from 'vitest'
import { createStatementNames } from './statement-names.ts'

it('names a text from its second use on, always alike and unlike others', () => {
  const names = createStatementNames()
  expect([names.of('select 1'), names.of('select 2')]).toEqual([undefined, undefined])
  const one = names.of('select 1')
  expect(one).toBeDefined()
  expect(names.of('select 1')).toBe(one)
  expect(names.of('select 2')).not.toBe(one)
})

it('uses no name again once they are renewed', () => {
  const names = createStatementNames()
  const use = () => [names.of('select 1'), names.of('select 1')][1]
  const before = use()
  names.renew()
  expect(use()).not.toBe(before)
})

it('keeps no more than 400 texts', () => {
  const names = createStatementNames()
  for (let n = 0; n < 400; n++) names.of(`select ${n}`)
  names.of('one more')
  expect(names.of('one more')).toBeUndefined()
  expect(names.of('select 7')).toBeDefined()
})
