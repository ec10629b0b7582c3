import { Type } from 'typebox'
import type { Problem } from '../kit/contract.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { oneOf } from '../kit/fields.ts'
import { senderOf } from '../kit/mail.ts'
import { cloudSetting, microsoftTokenUrl, type OAuthSettings, oauthApp, oauthProblems, oauthSettings, tenantProblems } from '../kit/oauth-settings.ts'
import { accessToken, type TokenJob } from '../kit/oauth-tokens.ts'
import { MEANINGS } from './smtp-meanings.ts'

/** How the hub signs in to a mail server. */
export const signInSettings = {
  auth: Type.Optional(
    oneOf(
      { password: 'Password', oauth2: 'OAuth 2' },
      { title: 'Sign-in', description: 'Google and Microsoft accept OAuth 2; with it the fields from oauthService on apply.', default: 'password' },
    ),
  ),
}

export const smtpOauthSettings = {
  oauthService: Type.Optional(
    oneOf({ google: 'Google', microsoft: 'Microsoft', other: 'Other' }, { title: 'OAuth 2 service', description: 'Who issues the tokens.' }),
  ),
  ...oauthSettings,
  cloud: cloudSetting(),
}

export interface SmtpOauthSettings extends OAuthSettings {
  from: string
  auth?: 'password' | 'oauth2'
  oauthService?: 'google' | 'microsoft' | 'other'
  username?: string
}

/** What each service is asked for and where. https://developers.google.com/gmail/imap/xoauth2-protocol, https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth */
function appOf(given: SmtpOauthSettings) {
  switch (given.oauthService) {
    case 'google':
      return oauthApp(given, { tokenUrl: 'https://oauth2.googleapis.com/token' })
    case 'microsoft':
      return oauthApp(given, {
        tokenUrl: microsoftTokenUrl(given),
        scope: given.refreshToken === undefined ? 'https://outlook.office365.com/.default' : 'https://outlook.office.com/SMTP.Send offline_access',
      })
    default:
      return oauthApp(given, { tokenUrl: given.tokenUrl ?? '' })
  }
}

/** Access tokens for the mailbox of a connection; null when it signs in with a password. */
export function tokensOf(settings: SmtpOauthSettings, job: Omit<TokenJob, 'settings'>) {
  if (settings.auth !== 'oauth2') return null
  const app = appOf(settings)
  return {
    user: mailboxOf(settings),
    /** `refused`: the token that the server has just refused. */
    token: (refused?: string): Promise<string> => accessToken(app, { ...job, settings }, refused),
  }
}

const mailboxOf = ({ username, from }: SmtpOauthSettings): string => username ?? senderOf(from)?.address ?? ''

export type SmtpTokens = NonNullable<ReturnType<typeof tokensOf>>

export function signInProblems(given: SmtpOauthSettings & { security: string; password?: string }): Problem[] {
  const problems: Problem[] = []
  if (given.auth !== 'oauth2') {
    if (given.password !== undefined && given.username === undefined) problems.push({ pointer: '/settings/username', message: 'is required with a password' })
    return problems
  }
  if (given.oauthService === undefined) problems.push({ pointer: '/settings/oauthService', message: 'is required to sign in by OAuth 2' })
  if (given.oauthService === 'other' && given.tokenUrl === undefined)
    problems.push({ pointer: '/settings/tokenUrl', message: 'is required: the address of the token endpoint' })
  if (given.oauthService === 'google' && given.refreshToken === undefined)
    problems.push({ pointer: '/settings/refreshToken', message: 'is required: Google lets no application sign in to a mailbox as itself' })
  else problems.push(...oauthProblems(given))
  if (given.oauthService === 'microsoft') problems.push(...tenantProblems(given))
  return problems
}

/** A refused sign-in: with OAuth 2 no password is at fault. */
export function aboutTokens(error: DeliveryError, settings: SmtpOauthSettings): DeliveryError {
  if (error.field !== '/settings/password') return error
  const remedy = `the mail server does not accept the access token for ${mailboxOf(settings)}: check that this is the mailbox, that SMTP AUTH is allowed for it, and that the application may send mail`
  // Advice about a password would mislead.
  const said = error.message.replace(`; ${MEANINGS.password.help}`, '')
  return new DeliveryError(error.failure, `${said}; ${remedy}`, { ...error, field: '/settings/username', cause: error.cause })
}
