import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type OnDemand, onDemand } from '../../domain/on-demand.ts'
import { MINUTE, type Millis, SECOND } from '../../domain/time.ts'
import type { Http } from '../kit/contract.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { blame } from '../kit/http-errors.ts'
import { createHttp2Client, type Http2Answer, type Http2Client } from '../kit/http2.ts'
import { library } from '../kit/library.ts'
import { member } from '../kit/receipt.ts'

/** Signing credentials of a team, https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns */
export interface ApnsCredential {
  /** PEM of the .p8 file. */
  key: string
  keyId: string
  teamId: string
  ca?: string
}

/** State of one connection: its HTTP/2 connections and its token, signed for at most an hour. */
export interface ApnsLine {
  client: Http2Client
  key: KeyObject
  given: ApnsCredential
  token: { text: OnDemand<string>; at: Millis } | null
}
export function openLine(given: ApnsCredential): ApnsLine {
  const key = readKey(given.key)
  if (key === null) throw new DeliveryError('misconfigured', 'The signing key of the APNs connection cannot be read', { code: 'settings' })
  return { client: createHttp2Client(given.ca === undefined ? {} : { ca: given.ca }), key, given, token: null }
}

/** Apple refuses tokens older than an hour, and signing more often than every 20 minutes. */
const RENEW = 40 * MINUTE

function tokenOf(line: ApnsLine, now: Millis): Promise<string> {
  if (line.token !== null && now - line.token.at < RENEW && now >= line.token.at) return line.token.text.get()
  const { teamId, keyId } = line.given
  const text = onDemand(async () => {
    const { SignJWT } = await library(() => import('jose'))
    return new SignJWT({ iss: teamId, iat: Math.floor(now / SECOND) }).setProtectedHeader({ alg: 'ES256', kid: keyId }).sign(line.key)
  })
  line.token = { text, at: now }
  return text.get()
}

/** Sends one message; `path` names the device. Returns Apple's response, whatever its status. */
export async function post(
  line: ApnsLine,
  http: Http,
  origin: string,
  path: string,
  headers: Record<string, string>,
  body: string,
  now: Millis,
): Promise<Http2Answer> {
  const ask = async (): Promise<Http2Answer> =>
    line.client.post(http, origin, path, { ...headers, authorization: `bearer ${await tokenOf(line, now)}` }, body).catch(blame)
  const used = line.token
  let answer = await ask()
  if (reasonOf(answer) === 'ExpiredProviderToken') {
    // Once, and only if this token is still the cached one: another request may have signed a new one meanwhile.
    if (used === null || line.token === used) line.token = null
    answer = await ask()
  }
  const reason = reasonOf(answer)
  if (reason === 'IdleTimeout' || reason === 'Shutdown') line.client.renew(origin)
  return answer
}

/** Null unless this is a private key of the curve P-256. */
export function readKey(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null
  } catch {
    return null
  }
}

/** A member of Apple's JSON; undefined when absent. */
export function saidBy({ text }: Http2Answer, name: string): unknown {
  try {
    return member(JSON.parse(text), name)
  } catch {
    return undefined
  }
}

/** Apple's `reason`; empty when absent. */
export function reasonOf(answer: Http2Answer): string {
  const reason = saidBy(answer, 'reason')
  return typeof reason === 'string' && /^[A-Za-z]{1,60}$/.test(reason) ? reason : ''
}
