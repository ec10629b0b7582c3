import type { Member } from './member.ts'

export interface Resolved {
  /** Each once; a later mention adds its profile to the first. */
  members: Member[]
  /** Who caused the event and is not told about it. */
  excluded: Member | null
}

/** De-duplicates by user and by address and takes out the actor. Pure. */
export function resolve(members: readonly Member[], actor: string | null): Resolved {
  const once = new Map<string, Member>()
  let excluded: Member | null = null
  for (const member of members) {
    if (member.kind === 'user' && member.id === actor) {
      excluded = member
      continue
    }
    const known = once.get(member.id)
    if (known === undefined) once.set(member.id, member)
    else if (member.kind === 'user' && member.profile && known.kind === 'user')
      once.set(member.id, { ...known, profile: { ...known.profile, ...member.profile } })
  }
  return { members: [...once.values()], excluded }
}
