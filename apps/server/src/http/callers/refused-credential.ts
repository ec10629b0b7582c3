import type { IncomingHttpHeaders } from 'node:http'
import { CarillonError } from '../../errors.ts'
import { prefixOf } from '../../security/api-keys.ts'

const FORM = 'Bearer, one blank, and an API key or user token'

/** `unauthorized` for a request that shows nothing that could be a key. Nothing of the header is repeated: it may hold a good key in a wrong form. */
export function noCredential({ authorization }: IncomingHttpHeaders): CarillonError {
  if (authorization === undefined) return refused(`is missing; it is ${FORM}`)
  const text = authorization.trim()
  if (!/^Bearer(\s|$)/i.test(text)) return refused(`does not begin with Bearer; it is ${FORM}`)
  if (/^Bearer$/i.test(text)) return refused('has nothing behind Bearer; perhaps the variable with the key is empty')
  if (text.length > 4096) return refused('is longer than any key or token')
  return refused('has blanks or other characters behind Bearer that no key or token has: copy it again')
}

const refused = (what: string): CarillonError => new CarillonError('unauthorized', { detail: `The header Authorization ${what}.` })

const NOT_KNOWN = 'This key or token is not known, or no longer valid.'

/** `unauthorized` for a text that opens nothing here: what is seen in it, else where to look. */
export function unknownCredential(token: string): CarillonError {
  return new CarillonError('unauthorized', { detail: `${NOT_KNOWN} ${whyUnknown(token)}` })
}

function whyUnknown(token: string): string {
  if (/^["'`<]|["'`>]$/.test(token)) return 'It begins or ends with a quote or bracket: leave it out.'
  if (/^\$|[{}]/.test(token)) return 'It looks like the name of a variable that was not filled in.'
  if (token.startsWith('ck_') && prefixOf(token) === null) return 'It was cut off or mistyped: a whole key is ck_ and 58 characters. Copy it again.'
  if (token.startsWith('ck_')) return 'Keys of another hub, and of another database, are not known here: `carillon keys list` shows those of this hub.'
  return 'User tokens expire, and end with their user; an API key begins with ck_, and CARILLON_ROOT_KEY is the one that the hub was started with.'
}
