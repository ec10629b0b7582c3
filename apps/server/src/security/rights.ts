import { type Caller, hasScope, type Scope, type Writer } from '../domain/caller.ts'
import { CarillonError } from '../errors.ts'

/** Throws `forbidden`: only a key has scopes, a user's token has none. */
export function requireScope(caller: Caller, scope: Scope): void {
  if (!hasScope(caller, scope)) throw new CarillonError('forbidden', { detail: `This needs a key with the scope \`${scope}\`.` })
}

/**
 * The user whose own things are meant: the token's, or the one for whom the key acts. `trusted`: an API key speaks, so its addresses need
 * no confirmation. Throws `forbidden`.
 */
export function requireUser(caller: Caller): Writer & { trusted: boolean } {
  if (caller.kind === 'user') return { userId: caller.userId, epoch: caller.epoch, trusted: false }
  requireScope(caller, 'act')
  if (caller.actsFor === null) throw new CarillonError('forbidden', { detail: 'Say for whom: send the header `Carillon-User: <user id>`.' })
  return { userId: caller.actsFor, epoch: null, trusted: true }
}
