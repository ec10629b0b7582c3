import { sql } from 'kysely'
import type { Place, Preferences } from '../../routing/reach.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Db, Trx } from '../schema.ts'

/** Where these users stand. */
export interface ReachRows {
  /** User -> channel -> destinations, or all of their devices. */
  places: Map<string, Map<string, Place[]>>
  /** `<event type> <user>` -> channel -> on or off. */
  routes: Map<string, Map<string, boolean>>
  preferences: Map<string, Preferences>
}

/** `what`: the id of a place, the event type of a route, the body of preferences. */
type Row = { user_id: string } & (
  | { kind: 'place'; channel: string; what: string; address_hash: string; confirmed: number; gone: number; provider: string | null; label: string | null }
  | { kind: 'route'; channel: string; what: string; confirmed: number }
  | { kind: 'preferences'; what: string }
)

/** Four tables in one statement: each would be a journey of its own. A device registers itself, so there is nothing to confirm. */
export async function readReach(dialect: Dialect, from: Db | Trx, userIds: string[], eventTypes: string[]): Promise<ReachRows> {
  const users = dialect.among(userIds)
  const none = sql`cast(null as text)`
  const { rows } = await sql<Row>`
    select user_id, 'place' as kind, n as rank, channel, id as what, address_hash, ${none} as provider, label,
      case when confirmed_at is null then 0 else 1 end as confirmed, case when gone_at is null then 0 else 1 end as gone
      from destinations where user_id in ${users}
    union all select user_id, 'place', 0, channel, id, address_hash, provider, id, 1, case when gone_at is null then 0 else 1 end
      from devices where user_id in ${users}
    union all select user_id, 'route', 0, channel, event_type, ${none}, ${none}, ${none}, enabled, 0
      from routes where user_id in ${users} and event_type in ${dialect.among(eventTypes)}
    union all select user_id, 'preferences', 0, ${none}, body, ${none}, ${none}, ${none}, 0, 0
      from preferences where user_id in ${users}
    order by rank, what`.execute(from)

  const places: ReachRows['places'] = new Map()
  const routes: ReachRows['routes'] = new Map()
  const preferences: ReachRows['preferences'] = new Map()
  for (const row of rows) {
    if (row.kind === 'preferences') preferences.set(row.user_id, JSON.parse(row.what))
    else if (row.kind === 'route') entry(routes, `${row.what} ${row.user_id}`, () => new Map<string, boolean>()).set(row.channel, row.confirmed === 1)
    else {
      const { what, address_hash, confirmed, gone, provider, label } = row
      const place: Place = { id: what, addressHash: address_hash, confirmed: confirmed === 1, gone: gone === 1 }
      if (provider !== null) place.provider = provider
      if (label !== null) place.label = label
      entry(
        entry(places, row.user_id, () => new Map<string, Place[]>()),
        row.channel,
        (): Place[] => [],
      ).push(place)
    }
  }
  return { places, routes, preferences }
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
