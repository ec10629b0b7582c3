import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { HOUR, type Millis, SECOND } from '../../domain/time.ts'

/** A VAPID pair in the browsers' format: the uncompressed P-256 point and the scalar, base64url (RFC 8292 3.2). */
export interface VapidKeys {
  publicKey: string
  privateKey: string
}

export function generateVapidKeys(): VapidKeys {
  const pair = createECDH('prime256v1')
  const publicKey = pair.generateKeys('base64url')
  // Pad: a scalar with leading zeros would be shorter than browsers and libraries accept.
  return {
    publicKey,
    privateKey: Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()])
      .subarray(-32)
      .toString('base64url'),
  }
}

/** The id of the key that a subscription was made with. */
export const vapidKeyId = (publicKey: string): string => createHash('sha256').update(publicKey).digest('base64url').slice(0, 16)

/** Whether a text is an uncompressed point of P-256 (RFC 8291 3.1), base64url. */
export function isPoint(text: string): boolean {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== 65 || bytes[0] !== 4) return false
  try {
    createPublicKey({ key: { kty: 'EC', crv: 'P-256', ...coordinates(bytes) }, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

/** Whether private and public key belong together. */
export function isPair({ publicKey, privateKey }: VapidKeys): boolean {
  try {
    const pair = createECDH('prime256v1')
    pair.setPrivateKey(Buffer.from(privateKey, 'base64url'))
    return pair.getPublicKey('base64url') === publicKey
  } catch {
    return false
  }
}

const LIFE = 12 * HOUR
const RENEW = HOUR

/** Signs `Authorization: vapid …` (RFC 8292 3): one token per push service origin, reused until an hour before it expires. */
export function createVapidSigner(keys: VapidKeys, subject: string) {
  const key = signingKey(keys)
  const tokens = new Map<string, { token: string; ends: Millis }>()
  return async (origin: string, now: Millis): Promise<string> => {
    let known = tokens.get(origin)
    if (known === undefined || known.ends - RENEW <= now || known.ends > now + LIFE) {
      const { SignJWT } = await import('jose')
      const ends = now + LIFE
      const claims = new SignJWT({ aud: origin, sub: subject, exp: Math.floor(ends / SECOND) })
      known = { token: await claims.setProtectedHeader({ typ: 'JWT', alg: 'ES256' }).sign(key), ends }
      // Endpoints name their own host, so the cache of origins needs a bound.
      if (tokens.size >= 100) tokens.clear()
      tokens.set(origin, known)
    }
    return `vapid t=${known.token}, k=${keys.publicKey}`
  }
}

const signingKey = ({ publicKey, privateKey }: VapidKeys): KeyObject =>
  createPrivateKey({ key: { kty: 'EC', crv: 'P-256', d: privateKey, ...coordinates(Buffer.from(publicKey, 'base64url')) }, format: 'jwk' })

const coordinates = (point: Buffer): { x: string; y: string } => ({
  x: point.subarray(1, 33).toString('base64url'),
  y: point.subarray(33).toString('base64url'),
})
