import type { Member } from '../member.ts'
import type { Directory } from '../walk.ts'

/** Audiences in memory; ids that begin with `adr_` are addresses. */
export function createDirectory(topics: { [key: string]: string[] }, everybody: string[] = []): Directory {
  const page = (ids: readonly string[], after: string, limit: number) =>
    [...ids]
      .sort()
      .filter((id) => id > after)
      .slice(0, limit)
      .map((id): Member => (id.startsWith('adr_') ? { kind: 'address', id, email: `${id.slice('adr_'.length)}@example.com` } : { kind: 'user', id }))
  return {
    topicMembers: async (topic, after, limit) => page(topics[topic] ?? [], after, limit),
    everyone: async (after, limit) => page(everybody, after, limit),
    addressId: (email) => `adr_${email.split('@')[0]}`,
  }
}
