import { createCipheriv, createDecipheriv, hash } from 'node:crypto'

/** What may be the id of a frame. Of this form is also what is none, and answered as an unknown position: clients keep ids for as long as they like. */
export const FRAME_ID = /^[A-Za-z0-9_-]{1,64}$/

/** The positions of one user. */
export interface Positions {
  /** The id of a frame: 22 characters. */
  seal: (position: number) => string
  /** `unknown`: not an id that was made for this user with this key. */
  open: (id: string) => number | 'unknown'
}

/** Bytes of the number, and of the user's mark behind it. */
const HALF = 8

/**
 * Positions in streams as they leave the hub. They are numbers of a sequence that all events share: who saw two of them would know how much was reported
 * in between. A position and a mark of its user are one block of AES-256, so an id says nothing but whether it equals another one, and an id that was made
 * up, changed or given to somebody else opens to another mark. The key is the same on every node, 32 bytes, and used for nothing else. A block takes 2 µs,
 * because the ciphers are kept: each block of ECB is by itself, and no two blocks here are the same unless the position is.
 */
export function createPositions(secret: Uint8Array): (userId: string) => Positions {
  const cipher = createCipheriv('aes-256-ecb', secret, null).setAutoPadding(false)
  const decipher = createDecipheriv('aes-256-ecb', secret, null).setAutoPadding(false)

  return (userId) => {
    const mark = hash('sha256', userId, 'buffer').subarray(0, HALF)

    function seal(position: number): string {
      const block = Buffer.alloc(2 * HALF)
      block.writeBigUInt64BE(BigInt(position))
      mark.copy(block, HALF)
      return cipher.update(block).toString('base64url')
    }

    function open(id: string): number | 'unknown' {
      const sealed = Buffer.from(id, 'base64url')
      if (sealed.length !== 2 * HALF) return 'unknown'
      const position = Number(decipher.update(sealed).readBigUInt64BE())
      // The whole text: the mark, and no other spelling of the same bytes.
      return Number.isSafeInteger(position) && seal(position) === id ? position : 'unknown'
    }

    return { seal, open }
  }
}
