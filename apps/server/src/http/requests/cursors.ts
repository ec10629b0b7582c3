import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest, preHandlerHookHandler, preSerializationHookHandler } from 'fastify'
import { invalidField } from '../../errors.ts'
import type { App } from '../app.ts'

/** Bytes of the seal: short, because nobody gains anything by guessing one. */
const SEAL = 6
/** The key is filled up to a multiple of so many bytes, so that the length of a number does not show its size. */
const FILL = 8
/** Begins what a key is filled up with (ISO/IEC 7816-4): zeros follow. */
const END = 0x80

/**
 * Cursors of all lists. A cursor is a seal and the last key of the page, encrypted, base64url. The seal is a MAC over the list (route, path, filters)
 * and the key, so a store is never asked for a position that it did not name itself: neither one of another list, nor one that was made up.
 * The key is encrypted with the seal as its nonce, as in SIV (RFC 5297), because some keys are numbers that count what everybody is sent.
 * The caller is not part of the list: a position shows nothing, and what a page holds is decided by who asks.
 */
export function createCursors(secret: Uint8Array) {
  const cipherKey = createHmac('sha256', secret).update('encrypt').digest()
  /** Both ways: the stream of AES-256-CTR that begins at the seal. */
  const crypt = (seal: Buffer, bytes: Buffer): Buffer => createCipheriv('aes-256-ctr', cipherKey, Buffer.concat([seal, ZEROS], 16)).update(bytes)
  const sealOf = (list: string, key: string): Buffer =>
    createHmac('sha256', secret)
      .update(JSON.stringify([list, key]))
      .digest()
      .subarray(0, SEAL)

  const make = (list: string, key: string): string => {
    const seal = sealOf(list, key)
    return Buffer.concat([seal, crypt(seal, filled(key))]).toString('base64url')
  }

  return {
    make,
    /** The key; throws `invalid_field`. */
    read(list: string, cursor: string): string {
      const bytes = Buffer.from(cursor, 'base64url')
      const seal = bytes.subarray(0, SEAL)
      const key = seal.length < SEAL ? null : unfilled(crypt(seal, bytes.subarray(SEAL)))
      // The last comparison refuses other spellings of the same bytes.
      if (key !== null && timingSafeEqual(seal, sealOf(list, key)) && make(list, key) === cursor) return key
      throw invalidField('/query/cursor', 'is not a cursor of this list with these filters; begin without one')
    },
  }
}

const ZEROS = Buffer.alloc(16 - SEAL)

function filled(key: string): Buffer {
  const bytes = Buffer.from(key)
  const all = Buffer.alloc(bytes.length + FILL - (bytes.length % FILL))
  bytes.copy(all)
  all[bytes.length] = END
  return all
}

function unfilled(bytes: Buffer): string | null {
  const end = bytes.lastIndexOf(END)
  return end === -1 ? null : bytes.subarray(0, end).toString()
}

/**
 * Gives every route with `cursor` in its query sealed cursors: its handler is given the key as `cursor`, and answers a key as `nextCursor`.
 * A new list has nothing to do, so it cannot forget it.
 */
export function sealCursors(app: App, secret: Uint8Array): void {
  const cursors = createCursors(secret)
  const open: preHandlerHookHandler = (request, _reply, done) => {
    const query = membersOf(request.query)
    if (typeof query['cursor'] === 'string') query['cursor'] = cursors.read(listOf(request), query['cursor'])
    done()
  }
  const seal: preSerializationHookHandler<unknown> = (request, _reply, payload, done) => {
    const { nextCursor } = membersOf(payload)
    done(null, typeof nextCursor === 'string' ? { ...membersOf(payload), nextCursor: cursors.make(listOf(request), nextCursor) } : payload)
  }
  app.addHook('onRoute', (route) => {
    if (!takesCursor(route.schema?.querystring)) return
    route.preHandler = [open, ...[route.preHandler ?? []].flat()]
    route.preSerialization = [...[route.preSerialization ?? []].flat(), seal]
  })
}

/** The list that a request reads: its route, the parts of its path, and its filters, in any order. */
function listOf({ routeOptions, params, query }: FastifyRequest): string {
  const filters = Object.entries(membersOf(query)).filter(([name]) => name !== 'cursor' && name !== 'limit')
  return JSON.stringify([routeOptions.url, params, filters.toSorted(([a], [b]) => (a < b ? -1 : 1))])
}

const takesCursor = (schema: unknown): boolean => 'cursor' in membersOf(membersOf(schema)['properties'])

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
/** The same object, so that a member can be set; an empty one when it is none. */
const membersOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})
