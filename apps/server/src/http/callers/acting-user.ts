import { invalidField } from '../../errors.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The user id in the header `Carillon-User`: percent-encoded as the SDK sends it, or plain UTF-8 as curl does, which Node decodes as
 * Latin-1 (RFC 9110, 5.5). Throws `invalid_field`.
 */
export function actingUser(header: string | string[]): string {
  if (typeof header !== 'string') throw refused('must be sent once')
  const text = orRefused(() => utf8.decode(Buffer.from(header, 'latin1')), 'must be UTF-8 or percent-encoded')
  const user = orRefused(() => decodeURIComponent(text), 'is not percent-encoded UTF-8; a % itself is written %25')
  if (!isUserId(user)) throw refused('must be a user id: 1-128 characters, none of them a control character, not beginning with adr_ or con_')
  return user
}

const refused = (message: string) => invalidField('/header/carillon-user', message)

function orRefused(decode: () => string, message: string): string {
  try {
    return decode()
  } catch {
    throw refused(message)
  }
}

/** The format of user ids outside bodies, where no schema checks it. */
const isUserId = (text: string): boolean => /^(?!adr_|con_)[^\u0000-\u001f\u007f-\u009f]{1,128}$/u.test(text)
