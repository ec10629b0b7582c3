import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import type { Received } from './receiver.ts'

/** A browser that subscribed: the keys it gave away, and those with which it reads. */
export interface Subscriber {
  keys: { p256dh: string; auth: string }
  /** The message in a request, decrypted as RFC 8291 and RFC 8188 say. */
  read(request: Pick<Received, 'bytes'>): string
}

export function createSubscriber(privateKey?: string, auth: string = randomBytes(16).toString('base64url')): Subscriber {
  const browser = createECDH('prime256v1')
  if (privateKey === undefined) browser.generateKeys()
  else browser.setPrivateKey(privateKey, 'base64url')
  return {
    keys: { p256dh: browser.getPublicKey('base64url'), auth },
    read({ bytes }) {
      const salt = bytes.subarray(0, 16)
      const idLength = bytes[20] ?? 0
      const sender = bytes.subarray(21, 21 + idLength)
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), sender])
      const input = hkdf(browser.computeSecret(sender), Buffer.from(auth, 'base64url'), info, 32)
      const opening = createDecipheriv(
        'aes-128-gcm',
        hkdf(input, salt, 'Content-Encoding: aes128gcm\0', 16),
        hkdf(input, salt, 'Content-Encoding: nonce\0', 12),
      )
      const sealed = bytes.subarray(21 + idLength)
      opening.setAuthTag(sealed.subarray(-16))
      const padded = Buffer.concat([opening.update(sealed.subarray(0, -16)), opening.final()])
      const end = padded.lastIndexOf(2)
      if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error('the record has no end')
      return padded.subarray(0, end).toString()
    },
  }
}

/** The claims of a request's VAPID token (RFC 8292), once its signature was checked with the key beside it; throws when that does not fit. */
export function vapidClaims({ headers }: Pick<Received, 'headers'>, publicKey: string): { aud: string; exp: number; sub: string } {
  const [, token = '', key] = /^vapid t=([^,]+), k=([\w-]+)$/.exec(headers.authorization ?? '') ?? []
  const [head = '', claims = '', signature = ''] = token.split('.')
  const point = Buffer.from(publicKey, 'base64url')
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
  const checking = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const
  if (key !== publicKey || !verify('sha256', Buffer.from(`${head}.${claims}`), checking, Buffer.from(signature, 'base64url')))
    throw new Error('not signed with this key')
  return JSON.parse(Buffer.from(claims, 'base64url').toString())
}

const hkdf = (key: Buffer, salt: Buffer, info: string | Buffer, length: number): Buffer => Buffer.from(hkdfSync('sha256', key, salt, info, length))
