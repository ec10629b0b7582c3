import { describe, expect, it } from 'vitest'
import { CarillonError } from '../../errors.ts'
import { createValidatorCompiler } from '../requests/validation.ts'
import { shared } from '../v1/schemas/base.ts'
import { Recipient } from '../v1/schemas/events.ts'
import { toCarillonError, toProblem } from './problem.ts'

const compile = createValidatorCompiler(shared)

/** What the caller of a route with this body schema is told. */
function told(schema: object, body: unknown, httpPart = 'body') {
  const validate = compile({ schema, httpPart, method: 'POST', url: '/' })
  if (validate(body) === true) return null
  const { errors } = validate as { errors?: unknown }
  const problem = toProblem(toCarillonError({ validation: errors, validationContext: httpPart }, 1024)!, 'req_1')
  return { status: problem.status, code: problem.code, errors: problem.errors }
}

describe('problems', () => {
  it('have every member of RFC 9457, the code and the request id', () => {
    expect(toProblem(new CarillonError('overloaded', { retryAfter: 3 }), 'req_7')).toEqual({
      type: '/docs#error-overloaded',
      title: 'More events are waiting than the hub allows; try again after Retry-After.',
      status: 503,
      detail: 'More events are waiting than the hub allows; try again after Retry-After.',
      code: 'overloaded',
      errors: [],
      requestId: 'req_7',
    })
  })

  it('say nothing about bugs', () => {
    expect(toCarillonError(new TypeError('secret at 0x1'), 1024)).toBeNull()
    expect(toCarillonError('thrown text', 1024)).toBeNull()
  })

  it('name the limit of a body that is too large', () => {
    const error = toCarillonError({ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }, 1024)
    expect(error).toMatchObject({ code: 'body_too_large', status: 413 })
    expect(error?.message).toContain('1024')
  })
})

describe('a refused schema', () => {
  it('points into the query', () => {
    const schema = { type: 'object', properties: { limit: { type: 'integer', maximum: 200 } }, additionalProperties: false }
    expect(told(schema, { limit: '5' }, 'querystring')).toBeNull()
    expect(told(schema, { limit: '500' }, 'querystring')).toEqual({
      status: 422,
      code: 'invalid_field',
      errors: [{ pointer: '/query/limit', message: 'is above the limit of 200' }],
    })
    expect(told(schema, { offset: '5' }, 'querystring')?.errors[0]).toEqual({ pointer: '/query/offset', message: 'is not a known field' })
  })

  it('does not coerce bodies', () => {
    expect(told({ type: 'object', properties: { n: { type: 'integer' } } }, { n: '5' })?.errors[0]).toEqual({ pointer: '/n', message: 'must be integer' })
  })

  it.each([
    ['nothing', null, 'must be object and is missing or null'],
    ['JSON in quotes', '{"n":5}', 'must be object and is a text: send the JSON itself, not JSON in quotes'],
    ['a list', [{ n: 5 }], 'must be object and is a list'],
    ['a number', 5, 'must be object'],
  ])('says what came in place of an object: %s', (_what, body, message) => {
    expect(told({ type: 'object' }, body)?.errors).toEqual([{ pointer: '', message }])
    expect(told({ type: 'object', properties: { inner: { type: 'object' } } }, { inner: body })?.errors).toEqual([
      { pointer: '/inner', message: 'must be object' },
    ])
  })

  it('names the types of a field that may be null', () => {
    const schema = { type: 'object', properties: { name: { anyOf: [{ type: 'string' }, { type: 'null' }] } } }
    expect(told(schema, { name: 5 })?.errors).toEqual([{ pointer: '/name', message: 'must be string or null' }])
    expect(told({ type: ['string', 'number'] }, true)?.errors).toEqual([{ pointer: '', message: 'must be string or number' }])
  })

  it('reports a refused name once, at the name, with the rule that it breaks', () => {
    const schema = { type: 'object', propertyNames: { format: 'locale' } }
    expect(told(schema, { en_US: 1 })?.errors).toEqual([{ pointer: '/en_US', message: 'must be a BCP 47 language tag, e.g. fr-CA (write en-US)' }])
  })

  it.each([
    [{ user: 'ann', emial: 'x' }, '/emial', 'is not a known field (did you mean email?)'],
    [{ user: 'ann', colour: 'x' }, '/colour', 'is not a known field'],
    [{ user: 'ann', timezone: 'Mars/Base' }, '/timezone', 'must be an IANA time zone, e.g. Europe/Zurich'],
    [{ email: 'no' }, '/email', 'must be one mail address without a display name, at most 254 characters'],
    [{ topic: '' }, '/topic', 'must not be empty'],
    [{ all: false }, '/all', 'must be true'],
    [5, '', 'must be a user id, {user, …}, {topic}, {email, …} or {all: true}'],
    [{}, '', 'must be a user id, {user, …}, {topic}, {email, …} or {all: true}'],
    ['adr_1', '', 'must be a user id: 1-128 characters, none of them a control character, not beginning with adr_ or con_'],
  ])('tells only the branch of a union that was meant: %j', (body, pointer, message) => {
    expect(told(Recipient, body)?.errors).toEqual([{ pointer, message }])
  })
})
