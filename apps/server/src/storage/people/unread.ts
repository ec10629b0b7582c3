import type { Claimed } from '../../delivery/job.ts'
import { isId } from '../../domain/id.ts'
import type { Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { countQuery } from '../inbox/inbox.ts'

/** For the badge of a device: how many of its owner's notifications are unread. Undefined for a delivery to no device, the usual case. */
export async function unreadOf(dialect: Dialect, claimed: readonly Claimed[], now: Millis): Promise<(one: Claimed) => number | undefined> {
  const owners = [...new Set(claimed.flatMap(({ destinationId, recipient }) => (isId('dev', destinationId) ? [recipient] : [])))]
  if (owners.length === 0) return () => undefined
  const counts = await countQuery(dialect, owners, now).execute()
  const unread = new Map(counts.map((count) => [count.user_id, Number(count.unread)]))
  return ({ destinationId, recipient }) => (isId('dev', destinationId) ? (unread.get(recipient) ?? 0) : undefined)
}
