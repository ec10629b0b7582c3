import type { TokenEndpointResponse } from 'oauth4webapi'
import type { Clock, Millis } from '../../domain/time.ts'
import type { Http, HttpResponse } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import { blameConnection, statusError } from './http-errors.ts'
import { entryOf, member } from './receipt.ts'
import { freshFor, type Issued } from './token-cache.ts'
import { whereOf } from './urls.ts'

/** An application as the vendor knows it. With a refresh token it acts for the person who signed in, without one for itself. */
export interface OAuthApp {
  tokenUrl: string
  clientId: string
  clientSecret?: string | undefined
  scope?: string | undefined
  refreshToken?: string | undefined
}

/** The answer of the token endpoint; `refreshToken` replaces the one that was sent. */
export interface Grant extends Issued {
  refreshToken?: string | undefined
}

/**
 * One access token, by the refresh token grant or the client credentials grant (RFC 6749, 6 and 4.4). Throws a DeliveryError: a refused grant
 * is for the operator to fix and names the field; an endpoint that is down or busy is temporary.
 */
export async function requestToken(app: OAuthApp, { http, clock }: { http: Http; clock: Clock }): Promise<Grant> {
  const { tokenUrl, clientId, clientSecret, scope, refreshToken } = app
  // Loaded on demand: most hubs sign in nowhere by OAuth.
  const oauth = await import('oauth4webapi')
  let answer: HttpResponse | undefined
  let failure: unknown
  const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl }
  const client = { client_id: clientId }
  const how = clientSecret === undefined ? oauth.None() : oauth.ClientSecretPost(clientSecret)
  const options = {
    // The form warns of clear text; inside a private network there is none to warn of.
    [oauth.allowInsecureRequests]: true,
    async [oauth.customFetch](url: string, { headers, body }: { headers: Record<string, string>; body: URLSearchParams }): Promise<Response> {
      try {
        answer = await http.request(url, { accept: 'all', headers, body: body.toString() })
      } catch (error) {
        failure = noMessage(blameConnection(error))
        throw error
      }
      return asResponse(answer)
    },
  }
  try {
    const given = scope === undefined ? {} : { scope }
    const body =
      refreshToken === undefined
        ? await oauth.processClientCredentialsResponse(server, client, await oauth.clientCredentialsGrantRequest(server, client, how, given, options))
        : await oauth.processRefreshTokenResponse(
            server,
            client,
            await oauth.refreshTokenGrantRequest(server, client, how, refreshToken, { ...options, additionalParameters: given }),
          )
    return grantOf(body)
  } catch (error) {
    if (failure !== undefined) throw failure
    if (answer === undefined) throw error
    throw tokenError(app, answer, clock())
  }
}

const grantOf = ({ access_token: token, expires_in, refresh_token: refreshToken }: TokenEndpointResponse): Grant => ({
  token,
  freshMs: freshFor(expires_in),
  refreshToken,
})

/** For the library. An ID token is taken out: who signed in is not asked, and its checks need keys that we do not fetch. */
function asResponse(answer: HttpResponse): Response {
  const { status, text } = answer
  const body = answer.json()
  if (typeof body !== 'object' || body === null) return new Response(status === 204 || status === 304 ? null : text, { status })
  const { id_token: _, ...rest } = { id_token: undefined, ...body }
  return new Response(JSON.stringify(rest), { status, headers: { 'content-type': 'application/json' } })
}

type Remedy = readonly [field: string, remedy: string]

const EXPIRED: Remedy = ['/settings/refreshToken', 'sign in again and store the new refresh token']
const SECRET: Remedy = ['/settings/clientSecret', 'check the client id and its secret']
const NO_CLIENT: Remedy = ['/settings/clientId', 'the vendor has no such application any more: register one, and sign in again with it']
const FORBIDDEN: Remedy = ['/settings/clientId', 'an administrator of the organisation has to allow this application']

/**
 * Errors that an operator repairs, of RFC 6749 5.2 and of vendors beside it: the field, and what to do. `interaction_required` and the like are Microsoft's
 * (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#error-codes-for-token-endpoint-errors), `deleted_client` and
 * `admin_policy_enforced` Google's (https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors).
 */
const REFUSALS: Record<string, Remedy | undefined> = {
  invalid_client: ['/settings/clientSecret', 'check the client id and its secret, which may have expired'],
  unauthorized_client: ['/settings/clientId', 'allow this application to use this kind of sign-in'],
  invalid_scope: ['/settings/clientId', 'give this application the permission to send mail'],
  interaction_required: EXPIRED,
  consent_required: EXPIRED,
  login_required: EXPIRED,
  deleted_client: NO_CLIENT,
  disabled_client: NO_CLIENT,
  admin_policy_enforced: FORBIDDEN,
  org_internal: FORBIDDEN,
  invalid_resource: ['/settings/scope', 'name a resource that this organisation has'],
}

/** An endpoint that asks for patience in its body, whatever its status. */
const LATER = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])

/** The error code of an answer (RFC 6749 5.2); undefined when it has none. */
function codeIn(answer: HttpResponse): string | undefined {
  const word = member(answer.json(), 'error')
  return typeof word === 'string' && /^[a-z_]{1,40}$/.test(word) ? word : undefined
}

/** What it means that this answer of a token endpoint has no token, whichever setting is to blame. */
export function noToken(where: string, answer: HttpResponse, now: Millis, secrets: readonly (string | undefined)[] = []): DeliveryError {
  const { status } = answer
  if (status >= 200 && status < 300) return new DeliveryError('temporary', `${where} answered without a token`, { code: 'bad_answer' })
  const code = codeIn(answer)
  const later = status === 429 || status === 408 || status >= 500 || (code !== undefined && LATER.has(code))
  const said = member(answer.json(), 'error_description')
  return statusError(where, answer, now, later ? 'temporary' : 'misconfigured', { ...(code !== undefined && { code }), said, secrets })
}

function tokenError(app: OAuthApp, answer: HttpResponse, now: Millis): DeliveryError {
  const error = noToken(whereOf(app.tokenUrl), answer, now, [app.refreshToken, app.clientSecret])
  const code = codeIn(answer)
  if (error.failure === 'temporary' || error.code === 'redirect') return error
  const unknownClient = code === undefined && answer.status === 401
  const [field, remedy] =
    code === 'invalid_grant' ? (app.refreshToken === undefined ? SECRET : EXPIRED) : (entryOf(REFUSALS, unknownClient ? 'invalid_client' : code) ?? [])
  return new DeliveryError(error.failure, remedy === undefined ? error.message : `${error.message}; ${remedy}`, { ...error, field, cause: error.cause })
}

/** This exchange contained no message, so another connection may try. */
export function noMessage(error: unknown): unknown {
  if (!(error instanceof DeliveryError) || !error.maybeDelivered) return error
  return new DeliveryError(error.failure, error.message, { ...error, maybeDelivered: false, cause: error.cause })
}
