import type { Scope } from '@carillon/client'
import type { Access } from './routes.ts'

/** What a caller's credential is worth. A new kind of caller (a session) gets a line here and one in `callers.ts`. */
export type Worth =
  /** Nothing, or something that is not good, or not any more. */
  | { kind: 'nothing' }
  /** A credential in the URL, where none may be. */
  | { kind: 'in-url' }
  /** Refused on every route, before anybody asks what it is worth. */
  | { kind: 'malformed'; status: number; code: string }
  | { kind: 'key'; scopes: readonly Scope[]; actsFor: boolean }
  /** `actsFor`: it also names somebody in `Carillon-User`. */
  | { kind: 'user'; actsFor: boolean }

export type Answer = 'permitted' | { status: number; code: string }

const UNAUTHORIZED = { status: 401, code: 'unauthorized' }
const FORBIDDEN = { status: 403, code: 'forbidden' }

/** The one rule: the right answer for any caller on any route. */
export function rightAnswer(access: Access, worth: Worth): Answer {
  if (worth.kind === 'malformed') return { status: worth.status, code: worth.code }
  if (access.kind === 'public') return 'permitted'
  switch (worth.kind) {
    case 'nothing':
      return UNAUTHORIZED
    case 'in-url':
      return access.kind === 'own' && access.ticket ? { status: 400, code: 'invalid_request' } : UNAUTHORIZED
    case 'user':
      return access.kind === 'own' && !worth.actsFor ? 'permitted' : FORBIDDEN
    case 'key': {
      const has = (scope: Scope) => worth.scopes.includes(scope) || worth.scopes.includes('admin')
      // Who may not act for anybody is refused wherever they name somebody.
      if (worth.actsFor && !has('act')) return FORBIDDEN
      if (access.kind === 'own') return worth.actsFor ? 'permitted' : FORBIDDEN
      return has(access.scope) ? 'permitted' : FORBIDDEN
    }
  }
}
