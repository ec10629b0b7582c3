import { type Asker, byOf } from '../domain/caller.ts'
import { SECOND } from '../domain/time.ts'
import { CarillonError, found, INACTIVE_USER, invalidField } from '../errors.ts'
import type { UserTokens } from '../security/user-tokens.ts'
import type { UserPatch, UserStore } from '../storage/people/users.ts'
import { needs } from './needs.ts'
import type { Take } from './take.ts'

export type { UsersTable as UserRow } from '../storage/schema.ts'

export interface UserServiceParts {
  store: UserStore
  tokens: Pick<UserTokens, 'issue'>
  take: Take
}

const HOUR_IN_SECONDS = 3600

/** People as applications describe them. Changing them needs `manage`, issuing a token for one `tokens`. */
export function createUserService({ store, tokens, take }: UserServiceParts) {
  const manage = needs('manage')
  return {
    list: store.list,
    get: store.get,
    put: manage(async (_who: Asker, user: UserPatch) => {
      await store.put([user])
      return found(await store.get(user.id))
    }),
    /** All or none. Throws `invalid_field` for one that is in it twice. */
    putAll: manage(async (_who: Asker, users: readonly UserPatch[]) => {
      refuseRepeated(users)
      return store.put(users)
    }),
    remove: manage(async (who: Asker, id: string): Promise<void> => {
      found(await store.remove(id, byOf(who)))
    }),
    /** Creates an unknown user. `expiresIn` in seconds, an hour by default. Throws `conflict` for an inactive one. */
    issueToken: needs('tokens')(async (_who: Asker, id: string, expiresIn: number = HOUR_IN_SECONDS) => {
      await take([{ limit: 'token.issue', of: id }])
      if ((await store.account(id)) === null) await store.put([{ id }])
      const { active, epoch } = found(await store.account(id))
      if (!active) throw new CarillonError('conflict', { detail: INACTIVE_USER })
      return tokens.issue({ id, epoch }, expiresIn * SECOND)
    }),
  }
}

export type UserService = ReturnType<typeof createUserService>

function refuseRepeated(rows: readonly UserPatch[]): void {
  const seen = new Set<string>()
  rows.forEach(({ id }, i) => {
    if (seen.has(id)) throw invalidField(`/users/${i}/id`, 'is in this batch already')
    seen.add(id)
  })
}
