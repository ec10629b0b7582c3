import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { CarillonError } from '../errors.ts'

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

/** Whether a header was sent more than once. `name` in lower case. */
export const isRepeated = ({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, name: string): boolean =>
  rawHeaders.filter((text, i) => i % 2 === 0 && text.length === name.length && text.toLowerCase() === name).length > 1

export const sentTwice = (name: string): CarillonError =>
  new CarillonError('invalid_request', {
    detail: `The header ${name} must be sent once.`,
    errors: [{ pointer: `/header/${name}`, message: 'must be sent once' }],
  })
