import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { HOUR, type Millis, SECOND } from '../../domain/time.ts'

/** A VAPID pair as browsers want it: the uncompressed P-256 point and the scalar, base64url (RFC 8292 3.2). */
export interface VapidKeys {
  publicKey: string
  privateKey: string
}

export function generateVapidKeys(): VapidKeys {
  const pair = createECDH('prime256v1')
  const publicKey = pair.generateKeys('base64url')
  // A scalar that begins with zeros is shorter than what browsers and libraries take.
  return {
    publicKey,
    privateKey: Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()])
      .subarray(-32)
      .toString('base64url'),
  }
}

/** What subscriptions remember of the key they were made with. */
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

/** Whether the two halves belong together. */
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

/** Signs `Authorization: vapid …` (RFC 8292 3): one token per origin of push services, used until an hour before its end. */
export function createVapidSigner(keys: VapidKeys, subject: string) {
  const key = signingKey(keys)
  const tokens = new Map<string, { token: string; ends: Millis }>()
  return async (origin: string, now: Millis): Promise<string> => {
    let known = tokens.get(origin)
    if (known === undefined || known.ends - RENEW <= now || known.ends > now + LIFE) {
      const ends = now + LIFE
      const claims = new SignJWT({ aud: origin, sub: subject, exp: Math.floor(ends / SECOND) })
      known = { token: await claims.setProtectedHeader({ typ: 'JWT', alg: 'ES256' }).sign(key), ends }
      // Endpoints name their own host, so the list of origins is not ours to bound otherwise.
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
