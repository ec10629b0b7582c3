import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPositions, FRAME_ID } from './positions.ts'

const positionsOf = createPositions(new Uint8Array(32).fill(1))
const [ann, ben] = [positionsOf('ann'), positionsOf('ben')]

describe('positions in streams', () => {
  it('open for the user whom they were made for only, on every node', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.string(), fc.string(), (position, user, other) => {
        const id = positionsOf(user).seal(position)
        expect(id).toMatch(FRAME_ID)
        expect(createPositions(new Uint8Array(32).fill(1))(user).open(id)).toBe(position)
        if (other !== user) expect(positionsOf(other).open(id)).toBe('unknown')
      }),
    )
  })

  it('say nothing: neither the number, nor which of two is later, nor how far they are apart', () => {
    const ids = Array.from({ length: 200 }, (_, n) => ann.seal(1000 + n))
    expect(new Set(ids.map(({ length }) => length))).toEqual(new Set([22]))
    expect(ids.filter((id) => /^[0-9]+$/.test(id))).toEqual([])
    const bytes = ids.map((id) => Buffer.from(id, 'base64url'))
    // Of numbers that share all bytes but one, sealed ones share hardly any at their places: of 256 values one by chance.
    const alike = bytes.slice(1).reduce((sum, one, i) => sum + [...one].filter((byte, at) => byte === bytes[i]?.[at]).length, 0)
    expect(alike).toBeLessThan(60)
    const rising = bytes.slice(1).filter((one, i) => Buffer.compare(one, bytes[i] ?? one) > 0).length
    expect(rising).toBeGreaterThan(60)
    expect(rising).toBeLessThan(140)
    expect(ben.seal(1000)).not.toBe(ann.seal(1000))
  })

  it('are unknown when they were made up, changed, spelt otherwise, of another key or of a hub that wrote numbers', () => {
    const id = ann.seal(5)
    const last = id.at(-1) === 'A' ? 'B' : 'A'
    for (const wrong of ['5', '999999999', '', 'x', id.slice(1), `${id}A`, `${id}==`, id.slice(0, -1) + last, randomBytes(16).toString('base64url')])
      expect(ann.open(wrong), wrong).toBe('unknown')
    for (let at = 0; at < 16; at++) {
      const bytes = Buffer.from(id, 'base64url')
      bytes.writeUInt8((bytes.readUInt8(at) + 1) % 256, at)
      expect(ann.open(bytes.toString('base64url'))).toBe('unknown')
    }
    expect(createPositions(new Uint8Array(32).fill(2))('ann').open(id)).toBe('unknown')
    expect(ann.open(id), 'the ciphers are as before').toBe(5)
  })
})
