import { createPrivateKey, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { MINUTE, type Millis, SECOND } from '../../domain/time.ts'
import type { Http } from '../kit/contract.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { blame } from '../kit/http-errors.ts'
import { createHttp2Client, type Http2Answer, type Http2Client } from '../kit/http2.ts'
import { member } from '../kit/receipt.ts'

/** What a team signs with, https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns */
export interface ApnsCredential {
  /** PEM of the .p8 file. */
  key: string
  keyId: string
  teamId: string
  ca?: string
}

/** What one connection keeps: the HTTP/2 connections and the token that is signed for an hour at most. */
export interface ApnsLine {
  client: Http2Client
  key: KeyObject
  given: ApnsCredential
  token: { text: Promise<string>; at: Millis } | null
}
export function openLine(given: ApnsCredential): ApnsLine {
  const key = readKey(given.key)
  if (key === null) throw new DeliveryError('misconfigured', 'The signing key of the APNs connection cannot be read', { code: 'settings' })
  return { client: createHttp2Client(given.ca === undefined ? {} : { ca: given.ca }), key, given, token: null }
}

/** Apple refuses tokens older than an hour, and those who sign more often than every 20 minutes. */
const RENEW = 40 * MINUTE

function tokenOf(line: ApnsLine, now: Millis): Promise<string> {
  if (line.token !== null && now - line.token.at < RENEW && now >= line.token.at) return line.token.text
  const { teamId, keyId } = line.given
  const text = new SignJWT({ iss: teamId, iat: Math.floor(now / SECOND) }).setProtectedHeader({ alg: 'ES256', kid: keyId }).sign(line.key)
  line.token = { text, at: now }
  return text
}

/** One message; `path` names the device. Answers whatever Apple said. */
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
    // Once, and only the one that was refused: somebody else may have signed anew meanwhile.
    if (used === null || line.token === used) line.token = null
    answer = await ask()
  }
  const reason = reasonOf(answer)
  if (reason === 'IdleTimeout' || reason === 'Shutdown') line.client.renew(origin)
  return answer
}

/** Null when this is no private key of the curve P-256. */
export function readKey(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null
  } catch {
    return null
  }
}

/** A member of Apple's JSON; undefined when it is none. */
export function saidBy({ text }: Http2Answer, name: string): unknown {
  try {
    return member(JSON.parse(text), name)
  } catch {
    return undefined
  }
}

/** Apple's word for what happened; empty when there is none. */
export function reasonOf(answer: Http2Answer): string {
  const reason = saidBy(answer, 'reason')
  return typeof reason === 'string' && /^[A-Za-z]{1,60}$/.test(reason) ? reason : ''
}
