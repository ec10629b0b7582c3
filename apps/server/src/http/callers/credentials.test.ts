import { expect, it } from 'vitest'
import { bearer, type CredentialReader, credentialIn } from './credentials.ts'

it.each([
  ['a token', 'Bearer abc', 'abc'],
  ['a token in another case, with more spaces', 'bearer   a.b-c', 'a.b-c'],
  ['nothing', undefined, null],
  ['no token', 'Bearer ', null],
  ['another scheme', 'Basic abc', null],
  ['two words', 'Bearer a b', null],
  ['more than 4096 characters', `Bearer ${'x'.repeat(4090)}`, null],
])('the header Authorization with %s', (_what, authorization, token) => {
  expect(bearer(authorization === undefined ? {} : { authorization })).toBe(token)
})

it('the first reader that finds a credential counts', () => {
  const own: CredentialReader = (headers) => (typeof headers['x-own-key'] === 'string' ? headers['x-own-key'] : null)
  const headers = { authorization: 'Bearer one', 'x-own-key': 'two' }
  expect([credentialIn(headers, [bearer, own]), credentialIn(headers, [own, bearer])]).toEqual(['one', 'two'])
  expect([credentialIn({ 'x-own-key': 'two' }, [bearer, own]), credentialIn({ 'x-own-key': 'two' }, [bearer])]).toEqual(['two', null])
})
