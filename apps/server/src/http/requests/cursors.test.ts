import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CarillonError } from '../../errors.ts'
import { createCursors } from './cursors.ts'

const cursors = createCursors(new Uint8Array(32).fill(1))
const readable = (list: string, cursor: string): string | null => {
  try {
    return cursors.read(list, cursor)
  } catch (error) {
    if (error instanceof CarillonError && error.code === 'invalid_field' && error.errors[0]?.pointer === '/query/cursor') return null
    throw error
  }
}

it('a cursor is read by its own list only', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((key) => key.isWellFormed()),
      fc.string(),
      (list, key, other) => {
        const cursor = cursors.make(list, key)
        expect(readable(list, cursor)).toBe(key)
        if (other !== list) expect(readable(other, cursor)).toBeNull()
        expect(cursor.length).toBeLessThanOrEqual(Math.ceil(((6 + Buffer.byteLength(key) + 8) * 4) / 3))
      },
    ),
  )
})

it('nothing else is a cursor', () => {
  const cursor = cursors.make('users', 'ann')
  for (const wrong of [
    '',
    '***',
    cursor.slice(1),
    cursor.slice(0, -1),
    `${cursor}=`,
    `${cursor}A`,
    cursor.toLowerCase(),
    Buffer.from('ann').toString('base64url'),
  ])
    expect(readable('users', wrong), wrong).toBeNull()
  expect(() => createCursors(new Uint8Array(32).fill(2)).read('users', cursor)).toThrow(CarillonError)
})

it('a cursor shows neither its key nor the size of a number', () => {
  const numbers = ['7', '8', '41000', '9999999']
  expect(new Set(numbers.map((n) => cursors.make('inbox', n).length)).size).toBe(1)
  const opened = (cursor: string) => Buffer.from(cursor, 'base64url').subarray(6).toString('latin1')
  for (const n of numbers) expect(opened(cursors.make('inbox', n))).not.toContain(n)
  expect(opened(cursors.make('users', 'ann-of-the-team'))).not.toContain('ann')
})

it('two cursors do not show how their keys differ: each is encrypted with a nonce of its own', () => {
  const body = (list: string, key: string) => Buffer.from(cursors.make(list, key), 'base64url').subarray(6)
  const difference = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)))
  // Seven bytes are filled up: under one nonce the rest of the bodies would be equal.
  expect(difference(body('inbox', '7'), body('inbox', '8')).subarray(1)).not.toEqual(Buffer.alloc(7))
  expect(body('inbox', '7')).not.toEqual(body('users', '7'))
})
