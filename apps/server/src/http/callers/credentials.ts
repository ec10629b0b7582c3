import type { IncomingHttpHeaders } from 'node:http'

/** Finds a key or token in a request; null when it was not sent in this way, or is not in its form. */
export type CredentialReader = (headers: IncomingHttpHeaders) => string | null

/** `Authorization: Bearer <token>` (RFC 6750). */
export const bearer: CredentialReader = ({ authorization }) => {
  const match = authorization !== undefined && authorization.length <= 4096 ? /^Bearer +([\x21-\x7e]+)$/i.exec(authorization) : null
  return match?.[1] ?? null
}

/** What every route reads unless it names others. */
export const DEFAULT_READERS: readonly CredentialReader[] = [bearer]

/** What the first reader that finds something finds. */
export function credentialIn(headers: IncomingHttpHeaders, readers: readonly CredentialReader[]): string | null {
  for (const read of readers) {
    const credential = read(headers)
    if (credential !== null) return credential
  }
  return null
}
