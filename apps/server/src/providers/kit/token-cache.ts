import { HOUR, MINUTE, type Millis, SECOND } from '../../domain/time.ts'

/** A new access token, and how long it may be used, milliseconds from now. */
export interface Issued {
  token: string
  freshMs: Millis
}

/** One access token, shared by all who need it: asked for once, however many wait, and again shortly before it expires. */
export interface TokenCache {
  /** `issue` asks the vendor. Its failure is the failure of all who wait; the next caller asks again. */
  get(now: Millis, issue: () => Promise<Issued>): Promise<string>
  /** The vendor no longer accepts this token. */
  forget(token: string): Promise<void>
}

export function createTokenCache(): TokenCache {
  let current: { token: Promise<string>; freshUntil: Millis } | null = null
  return {
    get(now, issue) {
      if (current !== null && now < current.freshUntil) return current.token
      const asked = { token: Promise.resolve(''), freshUntil: now + MINUTE }
      asked.token = issue().then(({ token, freshMs }) => {
        asked.freshUntil = now + freshMs
        return token
      })
      current = asked
      asked.token.catch(() => {
        if (current === asked) current = null
      })
      return asked.token
    },
    async forget(token) {
      const held = current
      if (held !== null && (await held.token.catch(() => '')) === token && current === held) current = null
    },
  }
}

/**
 * How long a token is used whose answer says `expires_in` (RFC 6749 5.1, seconds; an hour where it says nothing): until five minutes before its
 * end, or until its half where it lives less than ten minutes.
 */
export function freshFor(expiresIn: unknown): Millis {
  const lives = typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn * SECOND : HOUR
  return Math.max(lives - 5 * MINUTE, lives / 2)
}
