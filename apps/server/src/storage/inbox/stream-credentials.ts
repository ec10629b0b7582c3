import type { Credential } from '../../domain/caller.ts'
import type { Clock } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** Whether a stream may go on: its key was not revoked, its token is not over, its user is active. */
export function createCredentialCheck(dialect: Dialect, clock: Clock) {
  return async (credential: Credential): Promise<boolean> => {
    if (credential.kind === 'key') {
      if (credential.keyId === 'root') return true // the root key is valid as long as the process runs
      const key = await dialect.reads.selectFrom('api_keys').select(['revoked_at', 'expires_at']).where('id', '=', credential.keyId).executeTakeFirst()
      return key !== undefined && key.revoked_at === null && (key.expires_at ?? Infinity) > clock()
    }
    if (credential.expiresAt <= clock()) return false
    const user = await dialect.reads.selectFrom('users').select('active').where('id', '=', credential.userId).executeTakeFirst()
    return user?.active === 1
  }
}
