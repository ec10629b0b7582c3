import { expect, it } from 'vitest'
import { CarillonError, ERRORS, invalidField } from './errors.ts'

it('takes status and sentence from the table', () => {
  const error = new CarillonError('storage_full')
  expect(error).toMatchObject({ name: 'CarillonError', code: 'storage_full', status: 503, message: ERRORS.storage_full[1], errors: [], retryAfter: undefined })
  expect(error).not.toHaveProperty('cause')
})

it('says what exactly is wrong when it is told', () => {
  const cause = new Error('ENOSPC')
  expect(new CarillonError('storage_full', { detail: 'No room.', retryAfter: 10, cause })).toMatchObject({ message: 'No room.', retryAfter: 10, cause })
  expect(invalidField('/to/0', 'is no address')).toMatchObject({
    code: 'invalid_field',
    status: 422,
    message: '/to/0: is no address',
    errors: [{ pointer: '/to/0', message: 'is no address' }],
  })
})

it.each(Object.entries(ERRORS))('%s has an error status and a sentence', (code, [status, sentence]) => {
  expect(code).toMatch(/^[a-z_]+$/)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(600)
  expect(sentence).toMatch(/^[A-Z].*\.$/)
})
