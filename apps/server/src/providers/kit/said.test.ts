import { describe, expect, it } from 'vitest'
import { keysIn, quoting } from './said.ts'

describe("a vendor's own words", () => {
  it('stand behind ours, on one line', () => {
    expect(quoting('x answered 400', { said: ' Bad Request:\r\n chat not found ' })).toBe('x answered 400: Bad Request:  chat not found')
  })

  it.each([undefined, null, 7, {}, '', ' \n'])('are left out when they are %j', (said) => {
    expect(quoting('x answered 400', { said })).toBe('x answered 400')
  })

  it('end at 200 characters, and never in half a secret', () => {
    const secret = `s3cret/${'k'.repeat(40)}`
    for (const spelled of [secret, encodeURIComponent(secret)]) {
      const told = quoting('x', { said: `${'a'.repeat(180)} ${spelled} ${'b'.repeat(100)}`, secrets: [undefined, '', secret] })
      expect(told).toBe(`x: ${'a'.repeat(180)} … ${'b'.repeat(16)}…`)
    }
  })

  it('do not repeat the key in the address of a webhook', () => {
    const secrets = keysIn('https://chat.example/hooks/abcdefghijklmnopqrstuvwxyz?sig=0123456789abcdef%2B')
    expect(quoting('x', { said: 'no abcdefghijklmnopqrstuvwxyz, 0123456789abcdef+ in hooks', secrets })).toBe('x: no …, … in hooks')
  })
})
