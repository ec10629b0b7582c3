import { member } from '../kit/receipt.ts'
import type { SmtpTokens } from './smtp-oauth.ts'

/** Ends at once, so that the library asks for every sign-in: how long a token lives is known elsewhere, by the hub's own clock. */
const PAST = 1

/** XOAUTH2 for nodemailer, with the tokens of the hub. */
export function createTokenSignIn({ user, token }: SmtpTokens) {
  let last: string | undefined

  return {
    auth: {
      type: 'OAuth2' as const,
      user,
      /** `renew`: the server has just refused the token, with a challenge. */
      provisionCallback(_user: string, renew: boolean, done: (error: Error | null, token?: string, expires?: number) => void): void {
        token(renew ? last : undefined).then(
          (given) => {
            last = given
            done(null, given, PAST)
          },
          (failure: unknown) => done(Object.assign(new Error('There is no access token'), { failure })),
        )
      },
    },

    token: (): string | undefined => last,

    /** The failure to get a token, in an error of the library; undefined when that was not the reason. */
    failureIn: (error: unknown): unknown => member(error, 'failure'),

    /** Whether there is a new token in place of one that the server refused without a challenge, as Exchange does. */
    async renewed(error: unknown): Promise<boolean> {
      const refused = last
      if (member(error, 'code') !== 'EAUTH' || member(error, 'responseCode') !== 535 || refused === undefined) return false
      return (await token(refused).catch(() => refused)) !== refused
    },
  }
}

export type TokenSignIn = ReturnType<typeof createTokenSignIn>
