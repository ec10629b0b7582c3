import type { Place } from '../routing/reach.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Trx } from './schema.ts'

/** Where these users are reached, per channel: their destinations, and all of their devices. */
export async function placesOf(dialect: Dialect, trx: Trx, userIds: string[]): Promise<Map<string, Map<string, Place[]>>> {
  const among = dialect.among(userIds)
  const places = new Map<string, Map<string, Place[]>>()
  function add(userId: string, channel: string, place: Place): void {
    const own = places.get(userId) ?? new Map<string, Place[]>()
    const there = own.get(channel)
    if (there === undefined) places.set(userId, own.set(channel, [place]))
    else there.push(place)
  }

  const destinations = trx.selectFrom('destinations').select(['user_id', 'channel', 'id', 'address_hash', 'confirmed_at', 'gone_at'])
  for (const row of await destinations.where('user_id', 'in', among).orderBy('n').execute())
    add(row.user_id, row.channel, { id: row.id, addressHash: row.address_hash, confirmed: row.confirmed_at !== null, gone: row.gone_at !== null })

  const devices = trx.selectFrom('devices').select(['user_id', 'channel', 'provider', 'id', 'address_hash', 'gone_at'])
  // A device registers itself, so there is nothing to confirm.
  for (const row of await devices.where('user_id', 'in', among).orderBy('id').execute())
    add(row.user_id, row.channel, { id: row.id, addressHash: row.address_hash, confirmed: true, gone: row.gone_at !== null, provider: row.provider })
  return places
}
