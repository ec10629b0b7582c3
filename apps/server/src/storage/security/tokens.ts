import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import { newId } from '../../domain/id.ts'
import type { Millis } from '../../domain/time.ts'
import type { Trx } from '../schema.ts'

/** The purpose of a code. */
type Purpose = 'destination'

/** A short code is void after this many wrong guesses. */
const MAX_TRIES = 5
/** Without the letters and digits that look alike: a person reads it and types it. */
const ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'

interface Asked {
  purpose: Purpose
  userId: string
  /** What the token concerns, e.g. the id of a destination. */
  ref: string
}

/** A short code for one thing of one person; an earlier code for it stops working. Only its hash is kept. */
export async function issueCode(trx: Trx, { purpose, userId, ref }: Asked, now: Millis, ttl: Millis): Promise<string> {
  const code = Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  await trx.deleteFrom('tokens').where('purpose', '=', purpose).where('user_id', '=', userId).where('ref', '=', ref).execute()
  await trx
    .insertInto('tokens')
    .values({ id: newId('tok', now), purpose, hash: hashOf(ref, code), user_id: userId, ref, expires_at: now + ttl, used_at: null, tries: 0 })
    .execute()
  return code
}

/** Whether the code is right, in time, and used for the first time. A wrong guess is counted in the same transaction. */
export async function useCode(trx: Trx, { purpose, userId, ref }: Asked, code: string, now: Millis): Promise<boolean> {
  const row = await trx.selectFrom('tokens').selectAll().where('purpose', '=', purpose).where('user_id', '=', userId).where('ref', '=', ref).executeTakeFirst()
  if (row === undefined || row.used_at !== null || row.expires_at <= now || row.tries >= MAX_TRIES) return false
  const right = timingSafeEqual(Buffer.from(row.hash), Buffer.from(hashOf(ref, code.trim().toUpperCase())))
  const { numUpdatedRows } = await trx
    .updateTable('tokens')
    .set(right ? { used_at: now } : { tries: row.tries + 1 })
    .where('id', '=', row.id)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return right && numUpdatedRows === 1n
}

const hashOf = (salt: string, token: string): string => createHash('sha256').update(`${salt}:${token}`).digest('hex')
