import type { Claimed, Person } from '../../delivery/job.ts'
import type { Event } from '../../domain/event.ts'
import type { Clock } from '../../domain/time.ts'
import type { Place, Preferences } from '../../routing/reach.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { loadDevices } from '../people/device-load.ts'
import { toEvent } from './event-store.ts'

/** A destination as it is stored: secrets inside the body are still sealed. */
export interface StoredDestination extends Place {
  body: string
  updatedAt: number
}

/** What an attempt needs to know, read when it begins. */
export interface Loaded {
  claimed: Claimed
  event: Event
  person: Person
  /** Devices only: how many of the user's notifications are unread, for the badge. */
  unread?: number
  /** Users only: where they stand now, for the second look at their wishes. */
  reach: { active: boolean; place: StoredDestination | null; route: boolean | null; preferences: Preferences } | null
}

/** Events never change, so those that were just fanned out or sent to others need not be read again. */
const CACHED_EVENTS = 2000

export function createLoader(dialect: Dialect, clock: Clock) {
  const { db } = dialect
  const cache = new Map<string, Event>()

  async function eventsOf(ids: string[]): Promise<Map<string, Event>> {
    const found = new Map<string, Event>()
    const missing: string[] = []
    for (const id of new Set(ids)) {
      const known = cache.get(id)
      if (known) found.set(id, known)
      else missing.push(id)
    }
    if (missing.length > 0)
      for (const row of await db.selectFrom('events').selectAll().where('id', 'in', dialect.among(missing)).execute()) {
        const event = toEvent(row)
        found.set(row.id, event)
        remember(event)
      }
    return found
  }

  function remember(event: Event): void {
    if (cache.size >= CACHED_EVENTS) cache.delete(cache.keys().next().value!)
    cache.set(event.id, event)
  }

  return {
    remember,
    async load(claimed: Claimed[]): Promise<Loaded[]> {
      const events = await eventsOf(claimed.map(({ eventId }) => eventId))
      const users = [...new Set(claimed.flatMap(({ notificationId, recipient }) => (notificationId === null ? [] : [recipient])))]
      const bare = [...new Set(claimed.flatMap(({ recipient }) => (recipient.startsWith('adr_') ? [recipient] : [])))]
      const people = await peopleOf(users)
      const addresses = await addressesOf(bare)
      const devices = await loadDevices(dialect, claimed, clock())
      return claimed.flatMap((one): Loaded[] => {
        const event = events.get(one.eventId)
        if (event === undefined) return []
        if (one.notificationId === null) return [{ claimed: one, event, person: addresses.get(one.recipient) ?? {}, reach: null }]
        const user = people.get(one.recipient)
        const device = devices?.of(one)
        return [
          {
            claimed: one,
            event,
            person: { ...(user?.person ?? { id: one.recipient }), ...(device?.locale && { locale: device.locale }) },
            ...(device && { unread: device.unread }),
            reach: {
              active: user?.active ?? false,
              place: device === undefined ? (user?.places.get(one.destinationId) ?? user?.places.get(one.channel) ?? null) : device.place,
              route: user?.routes.get(`${event.type} ${one.channel}`) ?? null,
              preferences: user?.preferences ?? {},
            },
          },
        ]
      })
    },
  }

  async function peopleOf(ids: string[]) {
    const people = new Map<
      string,
      { active: boolean; person: Person; places: Map<string, StoredDestination>; routes: Map<string, boolean>; preferences: Preferences }
    >()
    if (ids.length === 0) return people
    const among = dialect.among(ids)
    const [users, destinations, routes, preferences] = await Promise.all([
      db.selectFrom('users').selectAll().where('id', 'in', among).execute(),
      db.selectFrom('destinations').selectAll().where('user_id', 'in', among).execute(),
      db.selectFrom('routes').selectAll().where('user_id', 'in', among).execute(),
      db.selectFrom('preferences').selectAll().where('user_id', 'in', among).execute(),
    ])
    for (const { id, email, name, locale, timezone, data, active } of users)
      people.set(id, {
        active: active === 1,
        person: { id, ...filled({ email, name, locale, timezone }), data: JSON.parse(data) },
        places: new Map(),
        routes: new Map(),
        preferences: {},
      })
    // The only one of its channel may have been replaced since; what is gone from a list is gone.
    for (const row of destinations)
      people.get(row.user_id)?.places.set(row.n === 0 ? row.channel : row.id, {
        id: row.id,
        addressHash: row.address_hash,
        confirmed: row.confirmed_at !== null,
        gone: row.gone_at !== null,
        body: row.body,
        updatedAt: row.updated_at,
      })
    for (const row of routes) people.get(row.user_id)?.routes.set(`${row.event_type} ${row.channel}`, row.enabled === 1)
    for (const row of preferences) {
      const one = people.get(row.user_id)
      if (one) one.preferences = JSON.parse(row.body)
    }
    return people
  }

  async function addressesOf(ids: string[]): Promise<Map<string, Person>> {
    if (ids.length === 0) return new Map()
    const rows = await db.selectFrom('addresses').selectAll().where('id', 'in', dialect.among(ids)).execute()
    return new Map(rows.map(({ id, email, name, locale }) => [id, { email, ...filled({ name, locale }) }]))
  }
}

/** Without the fields that are null: absent is not null here. */
const filled = <T extends Record<string, string | null>>(fields: T): { [K in keyof T]?: string } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as { [K in keyof T]?: string }
