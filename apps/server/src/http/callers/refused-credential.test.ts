import { describe, expect, it } from 'vitest'
import { newApiKey } from '../../security/api-keys.ts'
import { noCredential, unknownCredential } from './refused-credential.ts'

const { key } = newApiKey()

describe('a refused credential', () => {
  it.each([
    ['none', undefined, 'is missing'],
    ['a key alone', key, 'does not begin with Bearer'],
    ['another scheme', `Basic ${btoa(`x:${key}`)}`, 'does not begin with Bearer'],
    ['another word', `Token ${key}`, 'does not begin with Bearer'],
    ['no blank behind the scheme', `Bearer${key}`, 'does not begin with Bearer'],
    ['an empty variable', 'Bearer ', 'has nothing behind Bearer'],
    ['a blank inside', `Bearer ${key.slice(0, 20)} ${key.slice(20)}`, 'has blanks or other characters'],
    ['the scheme twice', `Bearer Bearer ${key}`, 'has blanks or other characters'],
    ['an ellipsis', 'Bearer ck_\u00e2\u0080\u00a6', 'has blanks or other characters'],
    ['a book', `Bearer ${'k'.repeat(5000)}`, 'is longer than any key'],
  ])('that is in no form names the header and what is wrong: %s', (_what, authorization, words) => {
    const { code, message } = noCredential(authorization === undefined ? {} : { authorization })
    expect([code, message]).toEqual(['unauthorized', expect.stringContaining(`The header Authorization ${words}`)])
    expect(message).not.toContain(key.slice(0, 20))
  })

  it.each([
    ['in quotes', `"${key}"`, 'quote or bracket'],
    ['in brackets', `<${key}>`, 'quote or bracket'],
    ['a variable', '{KEY}', 'name of a variable'],
    ['a variable of a shell', '$KEY', 'name of a variable'],
    ['cut off', key.slice(0, 40), 'cut off or mistyped'],
    ['mistyped', `${key.slice(0, 20)}${key[20] === 'a' ? 'b' : 'a'}${key.slice(21)}`, 'cut off or mistyped'],
    ['of another hub', key, 'another hub'],
    ['a text', 'letmein-letmein-letmein', 'CARILLON_ROOT_KEY'],
  ])('that is not known says what is seen in it, and repeats nothing: %s', (_what, token, words) => {
    const { code, message } = unknownCredential(token)
    expect(code).toBe('unauthorized')
    expect(message).toContain(words)
    expect(message).not.toContain(key.slice(0, 20))
  })
})
