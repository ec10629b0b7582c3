import type { Member } from './member.ts'

export interface Resolved {
  /** Without duplicates; a later mention adds its profile to the first. */
  members: Member[]
  /** The user who caused the event; not notified. */
  excluded: Member | null
}

/**
 * De-duplicates by user and by address and removes the actor. A bare address that is a user's own confirmed address (`owners`: address id
 * to user id) is that user: they are notified once, by their own preferences. Pure.
 */
export function resolve(members: readonly Member[], owners: ReadonlyMap<string, string>, actor: string | null): Resolved {
  const once = new Map<string, Member>()
  let excluded: Member | null = null
  for (const named of members) {
    const member = ownerOf(named, owners)
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

function ownerOf(member: Member, owners: ReadonlyMap<string, string>): Member {
  const owner = member.kind === 'address' ? owners.get(member.id) : undefined
  return owner === undefined ? member : { kind: 'user', id: owner }
}
