import { MASK } from '../../domain/secret-fields.ts'

/** The user name and password of a sign-in; either may be absent. */
export interface Credentials {
  username?: string | undefined
  password?: string | undefined
}

/** Text in base64, of which a server may repeat a whole command: `AUTH PLAIN AGFuYQBzM2NyZXQ=`. */
const ENCODED = /[A-Za-z0-9+/]{4,}={0,2}/g
/** Of a shorter one each letter would be masked in every word. */
const IN_WORDS = 4

/** The words of a server without the credentials that it repeats, in clear or in base64. */
export function withoutCredentials(text: string, { username, password }: Credentials): string {
  const known = [password, username].flatMap((one) => (one === undefined || one === '' ? [] : [one])).sort((a, b) => b.length - a.length)
  if (known.length === 0) return text
  const clear = known.reduce((shown, one) => shown.replaceAll(one.length < IN_WORDS ? wholeWord(one) : one, MASK), text)
  return clear.replace(ENCODED, (token) => {
    const decoded = Buffer.from(token, 'base64').toString('utf8')
    return known.some((one) => decoded === one || (one.length >= IN_WORDS && decoded.includes(one)) || decoded.split('\0').includes(one)) ? MASK : token
  })
}

const wholeWord = (text: string): RegExp => new RegExp(`(?<![\\w])${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\w])`, 'g')
