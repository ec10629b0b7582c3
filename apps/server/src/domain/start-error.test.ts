import { expect, it } from 'vitest'
import { codeOf } from './start-error.ts'

const coded = (code: string, options?: ErrorOptions) => Object.assign(new Error(code, options), { code })

it('code of an error: its own, that of its cause, or that of the first address that was tried', () => {
  expect(codeOf(coded('EACCES'))).toBe('EACCES')
  expect(codeOf(new Error('opening', { cause: new Error('pool', { cause: coded('28P01') }) }))).toBe('28P01')
  expect(codeOf(new AggregateError([coded('ECONNREFUSED'), coded('ETIMEDOUT')]))).toBe('ECONNREFUSED')
  expect(codeOf(new Error('no code'))).toBe('')
  expect(codeOf('text')).toBe('')
})
