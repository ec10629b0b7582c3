import type { Credential, Opener } from '../../domain/caller.ts'
import type { Clock } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { toAccount } from '../people/accounts.ts'

/**
 * Whether a ticket may be used, or a stream go on: its key was not revoked, its token is not over, and its user is active and the same as then.
 * Returns the opener as it is from now on, or null. `root`: the `rootCredential` of this process, if it has a root key.
 */
export function createCredentialCheck(dialect: Dialect, clock: Clock, root: string | null) {
  async function isGood(credential: Credential): Promise<boolean> {
    if (credential.kind === 'user') return credential.expiresAt > clock()
    if (credential.keyId === root) return true
    const key = await dialect.reads.selectFrom('api_keys').select(['revoked_at', 'expires_at']).where('id', '=', credential.keyId).executeTakeFirst()
    return key !== undefined && key.revoked_at === null && (key.expires_at ?? Infinity) > clock()
  }

  return async (opener: Opener): Promise<Opener | null> => {
    if (!(await isGood(opener.credential))) return null
    const row = await dialect.reads.selectFrom('users').select(['active', 'epoch']).where('id', '=', opener.userId).executeTakeFirst()
    // Nobody had the id when a key asked for it: whoever gets it first is meant.
    if (row === undefined) return opener.epoch === null ? opener : null
    const { active, epoch } = toAccount(row)
    return active && (opener.epoch === null || opener.epoch === epoch) ? { ...opener, epoch } : null
  }
}
