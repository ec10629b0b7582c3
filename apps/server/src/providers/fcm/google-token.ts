import { createPrivateKey } from 'node:crypto'
import { HOUR, type Millis, SECOND } from '../../domain/time.ts'
import type { Http, Problem } from '../kit/contract.ts'
import { blameConnection } from '../kit/http-errors.ts'
import { noMessage, noToken } from '../kit/oauth-request.ts'
import { member } from '../kit/receipt.ts'
import { createTokenCache, freshFor, type Issued } from '../kit/token-cache.ts'
import { urlProblems, whereOf } from '../kit/urls.ts'

/** The required fields of a service account's key file, https://developers.google.com/identity/protocols/oauth2/service-account */
export interface ServiceAccount {
  projectId: string
  keyId: string
  privateKey: string
  clientEmail: string
  tokenUri: string
}

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'

/** Parses a key file, or returns an error sentence that contains none of its content. */
export function readServiceAccount(text: string): ServiceAccount | string {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch {
    return 'must be the whole JSON key file of a service account'
  }
  if (member(file, 'type') !== 'service_account') return 'must be the key file of a service account: `type` is another one'
  const fields: Record<string, string> = {}
  for (const name of ['project_id', 'private_key_id', 'private_key', 'client_email']) {
    const value = member(file, name)
    if (typeof value !== 'string' || value === '') return `lacks \`${name}\``
    fields[name] = value
  }
  const uri = member(file, 'token_uri') ?? 'https://oauth2.googleapis.com/token'
  if (typeof uri !== 'string' || urlProblems('', uri).length > 0) return 'has a `token_uri` that is no http(s) address'
  try {
    if (createPrivateKey(fields['private_key']!).asymmetricKeyType !== 'rsa') return 'has a `private_key` that is not RSA'
  } catch {
    return 'has a `private_key` that cannot be read'
  }
  return {
    projectId: fields['project_id']!,
    keyId: fields['private_key_id']!,
    privateKey: fields['private_key']!,
    clientEmail: fields['client_email']!,
    tokenUri: uri,
  }
}

export const accountProblems = (pointer: string, text: string | undefined): Problem[] => {
  const read = text === undefined ? undefined : readServiceAccount(text)
  return typeof read === 'string' ? [{ pointer, message: read }] : []
}

/** Access tokens of one account (RFC 7523): one shared token, renewed five minutes before it expires. */
export function createGoogleToken(account: ServiceAccount) {
  const key = createPrivateKey(account.privateKey)
  const cache = createTokenCache()

  async function issue(http: Http, now: Millis): Promise<Issued> {
    const { SignJWT } = await import('jose')
    const issued = Math.floor(now / SECOND)
    const assertion = await new SignJWT({ scope: SCOPE, iss: account.clientEmail, aud: account.tokenUri, iat: issued, exp: issued + HOUR / SECOND })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: account.keyId })
      .sign(key)
    const response = await http
      .request(account.tokenUri, { accept: 'all', form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion } })
      .catch((error: unknown) => {
        throw noMessage(blameConnection(error))
      })
    const body = response.json()
    const token = member(body, 'access_token')
    if (response.status !== 200 || typeof token !== 'string' || token === '') throw noToken(whereOf(account.tokenUri), response, now)
    return { token, freshMs: freshFor(member(body, 'expires_in')) }
  }

  return {
    get: (http: Http, now: Millis): Promise<string> => cache.get(now, () => issue(http, now)),
    /** The vendor no longer accepts this token. */
    forget: cache.forget,
  }
}

export type GoogleToken = ReturnType<typeof createGoogleToken>
