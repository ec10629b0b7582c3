import type { Claimed } from '../../delivery/job.ts'
import { isAddressId } from '../../domain/address-id.ts'
import type { Event } from '../../domain/event.ts'
import type { Clock } from '../../domain/time.ts'
import type { Loaded } from '../../pipeline/deliver.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { unreadOf } from '../people/unread.ts'
import { calledOffAmong } from './call-off.ts'
import { selectEvents, toEvent } from './event-store.ts'
import { createKeptEvents } from './kept-events.ts'
import { addressesOf, personOf, usersOf } from './persons.ts'
import { readStandings } from './standing.ts'

export function createLoader(dialect: Dialect, clock: Clock) {
  const { db } = dialect
  const kept = createKeptEvents()

  async function eventsOf(ids: string[]): Promise<Map<string, Event>> {
    const found = new Map<string, Event>()
    const missing: string[] = []
    for (const id of new Set(ids)) {
      const known = kept.find(id)
      if (known) found.set(id, known)
      else missing.push(id)
    }
    if (missing.length > 0)
      for (const row of await selectEvents(dialect, db).where('events.id', 'in', dialect.amongIds('evt', missing)).execute()) {
        const event = toEvent(row)
        found.set(row.id, event)
        kept.keep(event)
      }
    return found
  }

  return {
    remember: kept.keep,
    /** Leaves out those that were called off. */
    async load(claimed: readonly Claimed[]): Promise<Loaded[]> {
      const events = await eventsOf(claimed.map(({ eventId }) => eventId))
      const recipients = [...new Set(claimed.flatMap(({ recipient }) => (recipient.startsWith('con_') ? [] : [recipient])))]
      const reading = usersOf(
        dialect,
        db,
        recipients.filter((id) => !isAddressId(id)),
      )
      const [users, addresses, standings, unread] = await Promise.all([
        reading,
        addressesOf(dialect, db, recipients.filter(isAddressId)),
        readStandings(dialect, db, { recipients, eventTypes: [...new Set([...events.values()].map(({ type }) => type))], users: reading, stored: true }),
        unreadOf(dialect, claimed, clock()),
      ])
      // Last: whoever was read above for a user with the id of a deleted one came after that deletion.
      const calledOff = await calledOffAmong(
        dialect,
        claimed.map(({ id }) => id),
      )
      return claimed.flatMap((one): Loaded[] => {
        const event = events.get(one.eventId)
        if (event === undefined || calledOff.has(one.id)) return []
        const { recipient } = one
        const user = users.get(recipient)
        const badge = unread(one)
        return [
          {
            claimed: one,
            event,
            person: one.notificationId === null ? (addresses.get(recipient) ?? {}) : user === undefined ? { id: recipient } : personOf(user),
            ...(badge !== undefined && { unread: badge }),
            standing: standings(event.type).get(recipient) ?? null,
          },
        ]
      })
    },
  }
}
