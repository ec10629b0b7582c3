import type { Audience } from '../domain/event.ts'
import type { Member } from './member.ts'

/** The source of a large audience. Both methods return members after `after`, in order, at most `limit`. */
export interface Directory {
  topicMembers(topic: string, after: string, limit: number): Promise<Member[]>
  everyone(after: string, limit: number): Promise<Member[]>
  addressId(email: string): string
}

export interface Page {
  members: Member[]
  /** Cursor for the next call; null at the end of the audience. */
  cursor: string | null
}

/**
 * The next members of an event's audience, at most about `limit`: first those the event names, then each topic, then all users. The cursor
 * (`<index in to>:<last member>`) makes the walk resumable after a crash.
 */
export async function walk(to: readonly Audience[], cursor: string | null, limit: number, directory: Directory): Promise<Page> {
  const ordered = inOrder(to)
  let [index, after] = parse(cursor)
  const members: Member[] = []
  while (index < ordered.length && members.length < limit) {
    const audience = ordered[index]!
    if (audience.kind === 'user') members.push({ kind: 'user', id: audience.id, ...(audience.profile ? { profile: audience.profile } : {}) })
    else if (audience.kind === 'address') members.push(toMember(audience, directory))
    else {
      const room = limit - members.length
      const page = audience.kind === 'topic' ? await directory.topicMembers(audience.key, after, room) : await directory.everyone(after, room)
      members.push(...page)
      if (page.length === room) return { members, cursor: `${index}:${page.at(-1)!.id}` }
    }
    index++
    after = ''
  }
  return { members, cursor: index < ordered.length ? `${index}:` : null }
}

/** Named people come first: they are few, and their profiles from the event must be stored before a topic reaches them. */
const inOrder = (to: readonly Audience[]): Audience[] => [...to].sort((a, b) => RANK[a.kind] - RANK[b.kind])
const RANK = { user: 0, address: 1, topic: 2, all: 3 }

function toMember(audience: Audience & { kind: 'address' }, directory: Directory): Member {
  const { email, name, locale } = audience
  return { kind: 'address', id: directory.addressId(email), email, ...(name === undefined ? {} : { name }), ...(locale === undefined ? {} : { locale }) }
}

/** Whether only lists remain at a cursor. All their members exist; users that the event names are created when it is planned. */
export const isInLists = (to: readonly Audience[], cursor: string): boolean => parse(cursor)[0] >= to.filter(({ kind }) => RANK[kind] < RANK.topic).length

function parse(cursor: string | null): [index: number, after: string] {
  if (cursor === null) return [0, '']
  const colon = cursor.indexOf(':')
  return [Number(cursor.slice(0, colon)), cursor.slice(colon + 1)]
}
