import type { By } from './by.ts'
import type { Millis } from './time.ts'

/** The rights of a key. `admin` includes all others. */
export const SCOPES = ['events', 'read', 'manage', 'act', 'tokens', 'metrics', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/**
 * The caller: an application with a key (possibly acting for a user by `Carillon-User`), or a user with a token of their own. `epoch`: of that user
 * when the token was issued, see `Account`.
 */
export type Caller =
  | { kind: 'key'; keyId: string; name: string; scopes: readonly Scope[]; actsFor: string | null }
  | { kind: 'user'; userId: string; epoch: string }

/** The person for whom something is written. `epoch`: of the token with which they ask themselves; null when an application asks for them. */
export interface Writer {
  userId: string
  epoch: string | null
}

/** The caller as a service sees it, at every entrance. */
export interface Asker {
  caller: Caller
  /** Null when there is no request to find in the log. */
  requestId: string | null
  /** The IP address from which the caller asks. Absent when it is unknown. */
  address?: string
}

/** What proved who asks, without the secret. `keyId`: of a row, or `rootCredential`. `epoch`: of the user when the token was issued, see `Account`. */
export type Credential = { kind: 'key'; keyId: string } | { kind: 'user'; epoch: string; expiresAt: Millis }

/** Whether a user may act. An id that is deleted and made again gets another epoch, so that nothing issued to the first is good for the second. */
export interface Account {
  active: boolean
  epoch: string
}

/** Whose stream or ticket it is, and by what it was asked for. It outlives its request and ends with either, so both are checked again. */
export interface Opener {
  userId: string
  /** Null: nobody had this id yet. Only a key can name such a user. */
  epoch: string | null
  credential: Credential
}

/** For the audit log: `key:key_…` or `user:<id>`. */
export const actorOf = (caller: Caller): string => (caller.kind === 'key' ? `key:${caller.keyId}` : `user:${caller.userId}`)

export const byOf = ({ caller, requestId }: Asker): By => ({ actor: actorOf(caller), requestId })

export const hasScope = (caller: Caller, scope: Scope): boolean => caller.kind === 'key' && (caller.scopes.includes(scope) || caller.scopes.includes('admin'))
