import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { onDemand } from '../domain/on-demand.ts'
import type { Clock, Millis } from '../domain/time.ts'

export interface UserTokens {
  /** A JWT (EdDSA) that contains only the user and their epoch. */
  issue(user: { id: string; epoch: string }, ttl: Millis): Promise<{ token: string; expiresAt: Millis }>
  /** The user, their epoch when it was issued, and its expiry; null when it is not ours, was changed, or has expired. */
  verify(token: string): Promise<{ userId: string; epoch: string; expiresAt: Millis } | null>
}

/** RFC 8410 section 7: the prefix of the 32 bytes of an Ed25519 key in PKCS #8. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
/** Loaded with the first token; without users that sign in themselves there is none. */
const jose = onDemand(() => import('jose'))

const ISSUER = 'carillon'
const AUDIENCE = 'carillon-user'

/**
 * `seeds` are 32 bytes each, derived from the secret ring: the same on every node, and not stored. The first signs; all verify, so that a token that
 * was issued before a change of the key is good until it expires.
 */
export function createUserTokens(seeds: readonly Uint8Array[], clock: Clock): UserTokens {
  const keys = seeds.map((seed) => createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' }))
  const [privateKey] = keys
  if (privateKey === undefined) throw new Error('User tokens need a key')
  const publicKeys = keys.map((key) => createPublicKey(key))

  async function payloadOf(token: string, key: KeyObject): Promise<JWTPayload | null> {
    const { errors, jwtVerify } = await jose.get()
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['EdDSA'],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'exp', 'epoch'],
        currentDate: new Date(clock()),
      })
      return payload
    } catch (error) {
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }

  return {
    async issue({ id, epoch }, ttl) {
      const { SignJWT } = await jose.get()
      const issuedAt = Math.floor(clock() / 1000)
      const expiresAt = issuedAt + Math.floor(ttl / 1000)
      const token = await new SignJWT({ epoch })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(id)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(privateKey)
      return { token, expiresAt: expiresAt * 1000 }
    },
    async verify(token) {
      for (const key of publicKeys) {
        const payload = await payloadOf(token, key)
        if (payload === null) continue
        const { sub, exp, epoch } = payload
        return sub === undefined || exp === undefined || typeof epoch !== 'string' ? null : { userId: sub, epoch, expiresAt: exp * 1000 }
      }
      return null
    },
  }
}
