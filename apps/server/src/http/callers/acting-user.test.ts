import { describe, expect, it } from 'vitest'
import { actingUser } from './acting-user.ts'

/** What Node makes of the bytes of a header. */
const received = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

describe('the user of a header', () => {
  it.each(['ann', 'zoé', 'Łukasz', 'Ana Peña', '1️⃣ 名前', 'ann@example.com', 'a/b+c', '👩‍🚀'.repeat(20)])('is %s, sent as UTF-8 or percent-encoded', (id) => {
    expect(actingUser(received(id))).toBe(id)
    expect(actingUser(encodeURIComponent(id))).toBe(id)
  })

  it('may hold what only an escape can carry', () => {
    expect(actingUser('100%25')).toBe('100%')
    expect(actingUser('%20ann%20')).toBe(' ann ')
  })

  it.each([
    ['Latin-1', 'zo\u00e9', 'must be UTF-8 or percent-encoded'],
    ['a bare %', '100%', 'is not percent-encoded UTF-8; a % itself is written %25'],
    ['an escape that is no UTF-8', 'zo%e9', 'is not percent-encoded UTF-8; a % itself is written %25'],
    ['an address', 'adr_1', 'must be a user id'],
    ['a shared connection, escaped', '%63on_1', 'must be a user id'],
    ['a line break', 'ann%0d%0aX: y', 'must be a user id'],
    ['129 characters', 'x'.repeat(129), 'must be a user id'],
    ['nothing', '', 'must be a user id'],
    ['two headers', ['ann', 'bob'], 'must be sent once'],
  ])('is not %s', (_name, header, message) => {
    expect(() => actingUser(header)).toThrow(`/header/carillon-user: ${message}`)
  })
})
