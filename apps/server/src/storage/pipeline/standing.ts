import { sql } from 'kysely'
import { isAddressId } from '../../domain/address-id.ts'
import type { NamedBy } from '../../domain/named-by.ts'
import type { Preferences } from '../../domain/preferences.ts'
import { addressStanding, type Place, type Standing } from '../../routing/standing.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Db, Trx, UsersTable } from '../schema.ts'

/** The recipients whose standing is read, and how much of it. */
export interface Asked {
  recipients: readonly string[]
  eventTypes: readonly string[]
  /** The rows of the users among them, perhaps still being read; a user without a row is unknown, and inactive. */
  users: UserRows | Promise<UserRows>
  /** With the stored destinations, as an attempt needs them. */
  stored: boolean
}

type UserRows = ReadonlyMap<string, Pick<UsersTable, 'active'>>

/** By event type, since a person's cells differ for each. */
export type Standings = (eventType: string) => ReadonlyMap<string, Standing>

/** `what`: the id of a place, the event type of a route, the body of preferences. */
type Row = { user_id: string; rank: number } & (
  | ({ kind: 'place'; channel: string; what: string; address_hash: string; confirmed: number; gone: number } & PlaceMore)
  | { kind: 'route'; channel: string; what: string; confirmed: number }
  | { kind: 'preferences'; what: string }
)
interface PlaceMore {
  provider: string | null
  label: string | null
  body: string | null
  updated_at: number | null
  locale: string | null
  named_by: NamedBy | null
}

/**
 * The only reader of standings: users and bare addresses, for planning, explain, release and the second check of an attempt. Four
 * tables in one statement: each would be a round trip of its own. A device registers itself, so there is nothing to confirm.
 */
export async function readStandings(dialect: Dialect, from: Db | Trx, { recipients, eventTypes, stored, ...asked }: Asked): Promise<Standings> {
  const userIds = recipients.filter((id) => !isAddressId(id))
  const [users, rows] = await Promise.all([asked.users, userIds.length === 0 ? [] : readRows(dialect, from, userIds, eventTypes, stored)])
  const places = new Map<string, Map<string, Place[]>>()
  const routes = new Map<string, Map<string, boolean>>()
  const preferences = new Map<string, Preferences>()
  for (const row of rows) {
    if (row.kind === 'preferences') preferences.set(row.user_id, JSON.parse(row.what))
    else if (row.kind === 'route') entry(routes, `${row.what} ${row.user_id}`, () => new Map<string, boolean>()).set(row.channel, row.confirmed === 1)
    else
      entry(
        entry(places, row.user_id, () => new Map<string, Place[]>()),
        row.channel,
        (): Place[] => [],
      ).push(toPlace(row))
  }

  const ofType = (eventType: string): ReadonlyMap<string, Standing> =>
    new Map(
      recipients.map((recipient): [string, Standing] => [
        recipient,
        isAddressId(recipient)
          ? addressStanding(recipient)
          : {
              recipient,
              active: users.get(recipient)?.active === 1,
              places: places.get(recipient) ?? NOWHERE,
              routes: routes.get(`${eventType} ${recipient}`) ?? UNSET,
              preferences: preferences.get(recipient) ?? {},
            },
      ]),
    )
  // Once per type: a batch holds many events, and most of them have the same type.
  const known = new Map(eventTypes.map((eventType) => [eventType, ofType(eventType)]))
  return (eventType) => known.get(eventType) ?? ofType(eventType)
}

async function readRows(dialect: Dialect, from: Db | Trx, userIds: string[], eventTypes: readonly string[], stored: boolean): Promise<Row[]> {
  const users = dialect.among(userIds)
  const none = sql`cast(null as text)`
  const [body, updatedAt, seenAt, locale, namedBy] = stored
    ? [sql.ref('body'), sql.ref('updated_at'), sql.ref('last_seen_at'), sql.ref('locale'), sql.ref('named_by')]
    : [none, sql`0`, sql`0`, none, none]
  const { rows } = await sql<Row>`
    select user_id, 'place' as kind, n as rank, channel, id as what, address_hash, ${none} as provider, label,
      case when confirmed_at is null then 0 else 1 end as confirmed, case when gone_at is null then 0 else 1 end as gone,
      ${body} as body, ${updatedAt} as updated_at, ${none} as locale, ${namedBy} as named_by
      from destinations where user_id in ${users}
    union all select user_id, 'place', 0, channel, id, address_hash, provider, id, 1, case when gone_at is null then 0 else 1 end, ${body}, ${seenAt}, ${locale}, ${namedBy}
      from devices where user_id in ${users}
    union all select user_id, 'route', 0, channel, event_type, ${none}, ${none}, ${none}, enabled, 0, ${none}, 0, ${none}, ${none}
      from routes where user_id in ${users} and event_type in ${dialect.among([...eventTypes])}
    union all select user_id, 'preferences', 0, ${none}, body, ${none}, ${none}, ${none}, 0, 0, ${none}, 0, ${none}, ${none}
      from preferences where user_id in ${users}`.execute(from)
  // Sorted here: in the statement each of its four parts was sorted, for the few people with several places.
  return rows.sort((a, b) => a.rank - b.rank || (a.what < b.what ? -1 : 1))
}

function toPlace({ what, address_hash, confirmed, gone, provider, label, body, updated_at, locale, named_by }: Row & { kind: 'place' }): Place {
  const place: Place = { id: what, addressHash: address_hash, confirmed: confirmed === 1, gone: gone === 1 }
  if (provider !== null) place.provider = provider
  if (label !== null) place.label = label
  if (locale !== null) place.locale = locale
  if (body !== null) place.stored = { body, updatedAt: updated_at ?? 0, namedBy: named_by ?? 'person' }
  return place
}

const NOWHERE: ReadonlyMap<string, readonly Place[]> = new Map()
const UNSET: ReadonlyMap<string, boolean> = new Map()

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
