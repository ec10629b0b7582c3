import { randomUUID } from 'node:crypto'
import { SECOND } from '../../domain/time.ts'
import { type Received, type Receiver, type Reply, startReceiver } from './receiver.ts'

export interface TokenEndpoint extends Receiver {
  tokenUrl: string
  /** The forms of all requests. */
  asked: Record<string, string>[]
  /** Issued access tokens, in order. */
  tokens: string[]
  /** Whether an access token is valid now. */
  accepts(token: string): boolean
  revoke(token: string): void
  /** The only valid refresh token. */
  refreshToken(): string
  /** The response in place of a token; undefined = as documented. */
  refuse(reply: Reply | ((form: Record<string, string>) => Reply | undefined | Promise<Reply | undefined>) | undefined): void
}

export interface TokenEndpointOptions {
  now?: () => number
  clientId?: string
  clientSecret?: string
  /** Every use of a refresh token replaces it, and the one before no longer works. */
  rotates?: boolean
  expiresIn?: number
}

/** A token endpoint (RFC 6749, 4.4, 5 and 6) on a local server. */
export async function startTokenEndpoint({
  now = () => 0,
  clientId = 'bells',
  clientSecret = 's3cret-of-bells',
  rotates = false,
  expiresIn = 3600,
}: TokenEndpointOptions = {}): Promise<TokenEndpoint> {
  const asked: Record<string, string>[] = []
  const tokens: string[] = []
  const ends = new Map<string, number>()
  let rotation = 1
  let refusal: Parameters<TokenEndpoint['refuse']>[0]
  const refreshToken = () => `s3cret-refresh-${rotation}`
  const refused = (status: number, error: string): Reply => ({ status, body: { error, error_description: `said of ${error}` } })

  async function answer(request: Received): Promise<Reply> {
    const form = Object.fromEntries(new URLSearchParams(request.body))
    asked.push(form)
    const instead = typeof refusal === 'function' ? await refusal(form) : refusal
    if (instead !== undefined) return instead
    if (form['client_id'] !== clientId || form['client_secret'] !== clientSecret) return refused(401, 'invalid_client')
    if (form['grant_type'] === 'refresh_token') {
      if (form['refresh_token'] !== refreshToken()) return refused(400, 'invalid_grant')
      if (rotates) rotation++
    } else if (form['grant_type'] !== 'client_credentials') return refused(400, 'unsupported_grant_type')
    const token = `s3cret-access-${tokens.length + 1}`
    tokens.push(token)
    ends.set(token, now() + expiresIn * SECOND)
    const again = form['grant_type'] === 'refresh_token' && rotates ? { refresh_token: refreshToken() } : {}
    return { body: { access_token: token, token_type: 'Bearer', expires_in: expiresIn, ...again } }
  }

  const server = await startReceiver(answer)
  return Object.assign(server, {
    // Tokens are remembered by their address, and a later test may get the same port.
    tokenUrl: `${server.url}/token/${randomUUID()}`,
    asked,
    tokens,
    accepts: (token: string) => now() < (ends.get(token) ?? 0),
    revoke: (token: string) => void ends.delete(token),
    refreshToken,
    refuse(reply: typeof refusal) {
      refusal = reply
    },
  })
}
