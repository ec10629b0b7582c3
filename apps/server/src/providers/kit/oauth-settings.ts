import { Type } from 'typebox'
import { clearTextUrl } from './clear-text.ts'
import type { Problem } from './contract.ts'
import { oneOf, secret, text, url } from './fields.ts'
import type { OAuthApp } from './oauth-request.ts'
import { urlProblems } from './urls.ts'

/** The clouds of Microsoft that sign in at servers of their own, https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud */
export const CLOUDS = {
  global: { name: 'Global', login: 'https://login.microsoftonline.com', graph: 'https://graph.microsoft.com' },
  us_government: { name: 'US Government (L4, GCC High)', login: 'https://login.microsoftonline.us', graph: 'https://graph.microsoft.us' },
  us_defense: { name: 'US Government (L5, DoD)', login: 'https://login.microsoftonline.us', graph: 'https://dod-graph.microsoft.us' },
  china: { name: 'China (21Vianet)', login: 'https://login.partner.microsoftonline.cn', graph: 'https://microsoftgraph.chinacloudapi.cn' },
} as const
export type Cloud = keyof typeof CLOUDS

export const cloudSetting = () =>
  Type.Optional(
    oneOf(
      { global: CLOUDS.global.name, us_government: CLOUDS.us_government.name, us_defense: CLOUDS.us_defense.name, china: CLOUDS.china.name },
      { title: 'Microsoft cloud', default: 'global', 'x-advanced': true },
    ),
  )

/** The application with which the hub signs in, and the person's consent. Every provider that signs in by OAuth 2 has these settings. */
export const oauthSettings = {
  tenant: Type.Optional(
    text({
      title: 'Tenant',
      description: 'Microsoft: the directory id or a domain of the organisation. Required without a refresh token.',
      pattern: '^[A-Za-z0-9.-]{1,253}$',
    }),
  ),
  clientId: Type.Optional(text({ title: 'Client id', description: 'OAuth 2: the id of the application registered with the vendor.' })),
  clientSecret: Type.Optional(secret({ title: 'Client secret', description: 'OAuth 2: the value of the secret, not its id.' })),
  refreshToken: Type.Optional(
    secret({
      title: 'Refresh token',
      description:
        'OAuth 2: the consent of the person whose mailbox it is. When the vendor replaces it, the hub stores the new one. Empty: the application signs in as itself.',
      maxLength: 8192,
    }),
  ),
  tokenUrl: Type.Optional(
    url({
      title: 'Token address',
      description: 'OAuth 2: the token endpoint. Required for other services; else for a proxy in place of the vendor’s.',
      'x-advanced': true,
    }),
  ),
  scope: Type.Optional(text({ title: 'Scope', description: 'OAuth 2: what is asked for, in place of the default of the service.', 'x-advanced': true })),
}

export interface OAuthSettings {
  tenant?: string
  clientId?: string
  clientSecret?: string
  refreshToken?: string
  tokenUrl?: string
  scope?: string
  cloud?: Cloud
}

/** The token endpoint of a tenant; without one, of every organisation and person. */
export const microsoftTokenUrl = ({ cloud = 'global', tenant = 'common' }: OAuthSettings): string =>
  `${CLOUDS[cloud].login}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`

/** The application of these settings; `fallback`: what the service has unless they say otherwise. */
export const oauthApp = (given: OAuthSettings, fallback: { tokenUrl: string; scope?: string | undefined }): OAuthApp => ({
  tokenUrl: given.tokenUrl ?? fallback.tokenUrl,
  clientId: given.clientId ?? '',
  clientSecret: given.clientSecret,
  refreshToken: given.refreshToken,
  scope: given.scope ?? fallback.scope,
})

/** Rules of these settings for every service: what is missing, by field. */
export function oauthProblems(given: OAuthSettings): Problem[] {
  const problems: Problem[] = []
  if (given.clientId === undefined) problems.push({ pointer: '/settings/clientId', message: 'is required to sign in by OAuth 2' })
  if (given.refreshToken === undefined && given.clientSecret === undefined)
    problems.push({ pointer: '/settings/refreshToken', message: 'is required, or `clientSecret` for an application that signs in as itself' })
  return [
    ...problems,
    ...urlProblems('/settings/tokenUrl', given.tokenUrl),
    ...clearTextUrl('/settings/tokenUrl', given.tokenUrl, given.refreshToken ?? given.clientSecret),
  ]
}

/** An application of Microsoft that acts for itself belongs to one organisation. */
export const tenantProblems = ({ refreshToken, tenant, tokenUrl }: OAuthSettings): Problem[] =>
  refreshToken === undefined && tokenUrl === undefined && (tenant === undefined || /^(common|organizations|consumers)$/i.test(tenant))
    ? [{ pointer: '/settings/tenant', message: 'is required without a refresh token: the directory id or a domain of the organisation' }]
    : []
