import { createHash } from 'node:crypto'
import { MINUTE, type Millis } from '../../domain/time.ts'
import type { KeptSecrets, SendJob } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import { type OAuthApp, requestToken } from './oauth-request.ts'
import { createTokenCache, type TokenCache } from './token-cache.ts'

/** What a provider gives for a token: the means of its job, and the settings that `app` was read from. */
export type TokenJob = Pick<SendJob<object, unknown>, 'settings' | 'http' | 'clock' | 'kept'>

/** One grant of one application, on this node. In memory only. */
interface HeldGrant {
  cache: TokenCache
  /** The newest that this node knows. */
  refreshToken: string | undefined
  /** When a refused token was last replaced. */
  renewedAt: Millis
}

/** Found by what was signed in with: a rotated refresh token leads to the same grant, and so does a test of the same form. */
const grants = new Map<string, HeldGrant>()
const MOST = 1_000

/** The refresh token that is stored for these settings, as far as this node knows; absent = the one in them. */
const stored = new WeakMap<object, string>()

/**
 * An access token for this application. It is asked for once per node, however many wait for it. A refresh token that the vendor
 * replaces is stored in the connection; one that another node stored is used. `refused`: the token that the vendor has just refused, which is
 * replaced once in a minute, because a new one that is refused too has not expired.
 */
export async function accessToken(app: OAuthApp, job: TokenJob, refused?: string): Promise<string> {
  const grant = grantOf(app)
  const now = job.clock()
  if (refused !== undefined && Math.abs(now - grant.renewedAt) >= MINUTE) {
    grant.renewedAt = now
    await grant.cache.forget(refused)
  }
  const token = await grant.cache.get(now, () => issue(grant, app, job))
  await store(grant, app, job)
  return token
}

async function issue(grant: HeldGrant, app: OAuthApp, job: TokenJob) {
  await adoptStored(grant, app, job)
  const answer = await ask(grant, app, job).catch(async (error: unknown) => {
    // Another node may have been faster with the same refresh token.
    if (error instanceof DeliveryError && error.code === 'invalid_grant' && (await adoptStored(grant, app, job))) return ask(grant, app, job)
    throw error
  })
  const { refreshToken } = answer
  if (app.refreshToken !== undefined && refreshToken !== undefined && refreshToken !== grant.refreshToken) {
    grant.refreshToken = refreshToken
    remember(keyOf({ ...app, refreshToken }), grant)
  }
  return answer
}

const ask = (grant: HeldGrant, app: OAuthApp, job: TokenJob) => requestToken({ ...app, refreshToken: grant.refreshToken }, job)

/** Whether the connection holds another refresh token than this node knew. */
async function adoptStored(grant: HeldGrant, app: OAuthApp, { settings, kept }: TokenJob): Promise<boolean> {
  if (app.refreshToken === undefined || kept === undefined) return false
  const now = await reading(kept)
  if (now === null || now === (stored.get(settings) ?? app.refreshToken)) return false
  stored.set(settings, now)
  const fresh = now !== grant.refreshToken
  grant.refreshToken = now
  remember(keyOf({ ...app, refreshToken: now }), grant)
  return fresh
}

/** A database that is away must not keep mail from being sent: what this node knows is then used. */
const reading = (kept: KeptSecrets): Promise<string | null> => kept.read('refreshToken').catch(() => null)

/** Writes a replaced refresh token into the connection. What fails is tried again when the token is next asked for. */
async function store({ refreshToken }: HeldGrant, app: OAuthApp, { settings, kept }: TokenJob): Promise<void> {
  const before = stored.get(settings) ?? app.refreshToken
  if (kept === undefined || before === undefined || refreshToken === undefined || refreshToken === before) return
  // Set first: of all who waited for the token, one stores it.
  stored.set(settings, refreshToken)
  const put = await kept.replace('refreshToken', before, refreshToken).catch(() => null)
  if (put === null) stored.set(settings, before)
}

function grantOf(app: OAuthApp): HeldGrant {
  const key = keyOf(app)
  const known = grants.get(key)
  if (known) return known
  return remember(key, { cache: createTokenCache(), refreshToken: app.refreshToken, renewedAt: Number.NEGATIVE_INFINITY })
}

function remember(key: string, grant: HeldGrant): HeldGrant {
  grants.delete(key)
  if (grants.size >= MOST) grants.delete(grants.keys().next().value!)
  grants.set(key, grant)
  return grant
}

/** A digest, so that no list of secrets stays in memory as text. */
const keyOf = ({ tokenUrl, clientId, clientSecret, scope, refreshToken }: OAuthApp): string =>
  createHash('sha256')
    .update(JSON.stringify([tokenUrl, clientId, clientSecret, scope, refreshToken]))
    .digest('base64')
