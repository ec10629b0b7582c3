import type { Event } from '../domain/event.ts'
import type { Plan } from './plan.ts'

/** The chunk before this one, whose transaction is not committed yet. */
export interface Before {
  /** The rows that it writes. */
  plans: Promise<readonly Plan[]>
  /** It is committed, and the event goes on; rejects when not. */
  stored: Promise<unknown>
}

/** Recipients and addresses of the chunk before that no read can see yet. */
export interface Met {
  recipients: ReadonlySet<string>
  addresses: ReadonlySet<string>
}

const NOBODY: Met = { recipients: new Set(), addresses: new Set() }

/**
 * What a chunk has to know of the one before it, to decide as if that were stored. An event with a dedup key, or with several lists, waits until it is:
 * there the two could want the same rows, and the one before would wait for the one behind.
 */
export async function metBefore(before: Before | undefined, events: readonly Event[]): Promise<Met> {
  if (before === undefined) return NOBODY
  if (events.some(({ dedupKey, to }) => dedupKey !== null || to.length > 1)) {
    await before.stored
    return NOBODY
  }
  const plans = await before.plans
  const recipients = new Set<string>()
  const addresses = new Set<string>()
  for (const { notifications, deliveries, decisions } of plans) {
    for (const { userId } of notifications) recipients.add(userId)
    for (const { recipient } of decisions) recipients.add(recipient)
    for (const { addressHash } of deliveries) addresses.add(addressHash)
  }
  return { recipients, addresses }
}
