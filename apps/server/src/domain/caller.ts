import type { By } from './by.ts'
import type { Millis } from './time.ts'

/** The rights of a key. `admin` includes all others. */
export const SCOPES = ['events', 'read', 'manage', 'act', 'tokens', 'metrics', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/** The caller: an application with a key (possibly acting for a user by `Carillon-User`), or a user with a token of their own. */
export type Caller = { kind: 'key'; keyId: string; name: string; scopes: readonly Scope[]; actsFor: string | null } | { kind: 'user'; userId: string }

/** The caller as a service sees it, at every entrance. */
export interface Asker {
  caller: Caller
  /** Null when there is no request to find in the log. */
  requestId: string | null
}

/** The owner of a stream, without the secret that proved it. A stream outlives its request, so the credential is checked again while it is open. */
export type Credential = { kind: 'key'; keyId: string } | { kind: 'user'; userId: string; expiresAt: Millis }

/** For the audit log: `key:key_…` or `user:<id>`. */
export const actorOf = (caller: Caller): string => (caller.kind === 'key' ? `key:${caller.keyId}` : `user:${caller.userId}`)

export const byOf = ({ caller, requestId }: Asker): By => ({ actor: actorOf(caller), requestId })

export const hasScope = (caller: Caller, scope: Scope): boolean => caller.kind === 'key' && (caller.scopes.includes(scope) || caller.scopes.includes('admin'))
