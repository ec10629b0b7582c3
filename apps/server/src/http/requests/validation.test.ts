import fc from 'fast-check'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { toCarillonError } from '../problems/problem.ts'
import { Optional, PageQuery, Strict } from '../v1/schemas/base.ts'
import { createValidatorCompiler } from './validation.ts'

const schema = Strict({ ...PageQuery, share: Optional(Type.Number()), test: Optional(Type.Boolean()) })
const compile = createValidatorCompiler([])
const validate = compile({ schema, method: 'GET', url: '/v1/things', httpPart: 'querystring' })

/** The values as the handler is given them, or the refusal. */
function read(query: Record<string, unknown>): object {
  const values = { ...query }
  if (validate(values) === true) return values
  const refusal = toCarillonError({ validation: validate.errors, validationContext: 'querystring' }, 0)
  return { status: refusal?.status, errors: refusal?.errors }
}
const refused = (name: string, message: string) => ({ status: 400, errors: [{ pointer: `/query/${name}`, message }] })

describe('values of a query', () => {
  it('are read by their one spelling', () => {
    expect(read({ limit: '20', share: '1.5', test: 'true', cursor: '17' })).toEqual({ limit: 20, share: 1.5, test: true, cursor: '17' })
    expect(read({ limit: '1', share: '2', test: 'false' })).toEqual({ limit: 1, share: 2, test: false })
  })

  it.each(['0x10', '0b1', '0o7', '1e1', ' 16', '16 ', '+16', '-16', '16.0', '1_6', '１６', '16n', '٣', '', 'null', 'true', 'Infinity', '1'.repeat(400)])(
    'a whole number is not written %j',
    (text) => {
      expect(read({ limit: text })).toEqual(refused('limit', 'must be a whole number in decimal digits, such as 20'))
    },
  )

  it.each(['1', '0', 'TRUE', 'yes', 'on', '', 'null', ' true'])('a boolean is not written %j', (text) => {
    expect(read({ test: text })).toEqual(refused('test', 'must be true or false'))
  })

  it('numbers are what their digits say, and nothing else is a number', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), (n) => void expect(read({ limit: String(n) })).toEqual({ limit: n })))
    fc.assert(
      fc.property(
        fc.string().filter((text) => !/^[0-9]{1,15}$/.test(text)),
        (text) => void expect(read({ limit: text })).toMatchObject({ status: 400 }),
      ),
    )
  })

  it('are given once, whatever their type', () => {
    for (const name of ['limit', 'cursor', 'test', 'share']) expect(read({ [name]: ['1', '1'] })).toEqual(refused(name, 'must be given once'))
  })

  it('every wrong one is named, and limits are checked afterwards', () => {
    expect(read({ limit: 'a', test: 'b' })).toMatchObject({ errors: [{ pointer: '/query/limit' }, { pointer: '/query/test' }] })
    expect(read({ limit: '201' })).toEqual({ status: 422, errors: [{ pointer: '/query/limit', message: 'is above the limit of 200' }] })
    expect(read({ Limit: '20' })).toEqual(refused('Limit', 'is not a known field (did you mean limit?)'))
  })

  it('bodies are not texts: a number stays a number', () => {
    const body = compile({ schema, method: 'POST', url: '/v1/things', httpPart: 'body' })
    expect([body({ limit: 20 }), body({ limit: '20' }), body({ test: 'true' })]).toEqual([true, false, false])
  })
})
