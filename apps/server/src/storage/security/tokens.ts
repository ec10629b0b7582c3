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
  /** What the token concerns, e.g. the id of one place of a destination. */
  ref: string
}

interface Guessed extends Omit<Asked, 'ref'> {
  /** What the code may be for. */
  refs: string[]
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
 * Which of these things the code is for; null when it is none that waits, or comes too late. A right one uses up all codes of that thing; a wrong
 * guess is counted against every code that waits for one of them, in the same transaction.
 */
export async function useCode(
  { among }: Pick<Dialect, 'among'>,
  trx: Trx,
  { purpose, userId, refs }: Guessed,
  code: string,
  now: Millis,
): Promise<string | null> {
  const rows = await trx.selectFrom('tokens').selectAll().where('purpose', '=', purpose).where('user_id', '=', userId).where('ref', 'in', among(refs)).execute()
  const waiting = rows.filter(({ used_at, expires_at, tries }) => used_at === null && expires_at > now && tries < MAX_TRIES)
  const given = code.trim().toUpperCase()
  const right = waiting.find(({ hash, ref }) => timingSafeEqual(Buffer.from(hash), Buffer.from(hashOf(ref ?? '', given))))?.ref ?? null
  const codes = trx.updateTable('tokens').where('purpose', '=', purpose).where('user_id', '=', userId).where('used_at', 'is', null)
  if (right === null) {
    await codes
      .where('ref', 'in', among(refs))
      .set((row) => ({ tries: row('tries', '+', 1) }))
      .execute()
    return null
  }
  const { numUpdatedRows } = await codes.where('ref', '=', right).set({ used_at: now }).executeTakeFirstOrThrow()
  return numUpdatedRows > 0n ? right : null
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
