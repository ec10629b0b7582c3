import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import { newId } from '../../domain/id.ts'
import { HOUR, type Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
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

/**
 * A short code for one thing of one person. `keepEarlier`: codes for it that were sent before go on working until they expire, because a person
 * who asked twice may type the code that arrives first. Only hashes are kept.
 */
export async function issueCode(trx: Trx, { purpose, userId, ref }: Asked, now: Millis, ttl: Millis, keepEarlier = false): Promise<string> {
  const code = Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  const earlier = trx.deleteFrom('tokens').where('purpose', '=', purpose).where('user_id', '=', userId).where('ref', '=', ref)
  await (keepEarlier ? earlier.where('expires_at', '<=', now) : earlier).execute()
  await trx
    .insertInto('tokens')
    .values({ id: newId('tok', now), purpose, hash: hashOf(ref, code), user_id: userId, ref, expires_at: now + ttl, used_at: null, tries: 0 })
    .execute()
  return code
}

/**
 * Whether the code is one of those that wait, and in time. A right one uses all of them up; a wrong guess is counted against each, in the same
 * transaction.
 */
export async function useCode(trx: Trx, { purpose, userId, ref }: Asked, code: string, now: Millis): Promise<boolean> {
  const rows = await trx.selectFrom('tokens').selectAll().where('purpose', '=', purpose).where('user_id', '=', userId).where('ref', '=', ref).execute()
  const waiting = rows.filter(({ used_at, expires_at, tries }) => used_at === null && expires_at > now && tries < MAX_TRIES)
  const given = Buffer.from(hashOf(ref, code.trim().toUpperCase()))
  const right = waiting.find(({ hash }) => timingSafeEqual(Buffer.from(hash), given))
  const codes = trx.updateTable('tokens').where('purpose', '=', purpose).where('user_id', '=', userId).where('ref', '=', ref).where('used_at', 'is', null)
  if (right === undefined) {
    await codes.set((row) => ({ tries: row('tries', '+', 1) })).execute()
    return false
  }
  const { numUpdatedRows } = await codes.set({ used_at: now }).executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Removes tokens that expired an hour ago, at most `limit` at once; returns how many. */
export async function pruneTokens({ db }: Pick<Dialect, 'db'>, now: Millis, limit = 1000): Promise<number> {
  const old = db
    .selectFrom('tokens')
    .select('id')
    .where('expires_at', '<', now - HOUR)
    .limit(limit)
  const { numDeletedRows } = await db.deleteFrom('tokens').where('id', 'in', old).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

const hashOf = (salt: string, token: string): string => createHash('sha256').update(`${salt}:${token}`).digest('hex')
