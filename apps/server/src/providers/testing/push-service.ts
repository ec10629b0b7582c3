import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import { type Received, type Receiver, type Reply, startReceiver } from './receiver.ts'

/** A subscribed browser: its public subscription, and its private keys. */
export interface Subscriber {
  keys: { p256dh: string; auth: string }
  /** The message in a request, decrypted by RFC 8291 and RFC 8188. */
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

export interface PushService extends Receiver {
  /** The subscription that a page gets for this key: `PushSubscription.toJSON()`. */
  subscribe(who: string, applicationServerKey: string, browser?: Subscriber): { endpoint: string; keys: Subscriber['keys']; expirationTime: null }
  /** Messages that this browser decrypted, oldest first. */
  read(who: string): unknown[]
  /** The response in place of 201. */
  answer(script: (who: string) => number | undefined): void
}

/**
 * A push service (RFC 8030) that verifies everything: the headers, the VAPID token against the subscription's key, its audience and its
 * expiry at `now`, and whether the browser can decrypt the message. Errors are refused with the status of the real services.
 */
export async function startPushService(now: () => number): Promise<PushService> {
  const subscriptions = new Map<string, { key: string; browser: Subscriber; read: unknown[] }>()
  let script: Parameters<PushService['answer']>[0] = () => undefined
  const server = await startReceiver((request): Reply | number => {
    const who = request.path.replace('/push/', '')
    const subscription = subscriptions.get(who)
    if (subscription === undefined) return { status: 404, body: { errno: 102 } }
    const { ttl, topic = '', urgency = 'normal', 'content-encoding': encoding } = request.headers
    if (!/^\d+$/.test(String(ttl)) || encoding !== 'aes128gcm' || !/^[\w-]{0,32}$/.test(String(topic)) || !URGENCIES.has(String(urgency))) return 400
    if (request.bytes.length > 4096) return 413
    try {
      const { aud, exp, sub } = vapidClaims(request, subscription.key)
      const left = exp - now() / 1000
      if (aud !== server.url || left <= 0 || left > 24 * 3600 || !/^(mailto|https):/.test(sub)) return { status: 401, body: { errno: 109 } }
    } catch {
      return { status: 403, body: { reason: 'BadJwtToken' } }
    }
    const said = script(who)
    if (said !== undefined) return said
    try {
      subscription.read.push(JSON.parse(subscription.browser.read(request)))
    } catch {
      return 400
    }
    return { status: 201, headers: { location: `${server.url}/message/1` } }
  })
  return Object.assign(server, {
    subscribe(who: string, key: string, browser = createSubscriber()) {
      subscriptions.set(who, { key, browser, read: [] })
      return { endpoint: `${server.url}/push/${who}`, keys: browser.keys, expirationTime: null }
    },
    read: (who: string) => subscriptions.get(who)?.read ?? [],
    answer(next: typeof script) {
      script = next
    },
  })
}

const URGENCIES = new Set(['very-low', 'low', 'normal', 'high'])

/** The claims of a request's VAPID token (RFC 8292), verified with the key in the header; throws when the signature is invalid. */
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
