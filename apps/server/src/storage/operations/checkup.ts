import type { TargetHealth } from '../../domain/connection.ts'
import type { Millis } from '../../domain/time.ts'
import { toHealth } from '../connections/health-store.ts'
import { stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { putSetting } from './settings.ts'

/** The row that the measured commits write; it is removed again. */
const KEY = 'doctor'

/** How long each of some commits of one row took, in milliseconds of `now`. */
export async function commitTimes(dialect: Dialect, rounds: number, now: () => number): Promise<number[]> {
  const times: number[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      const begin = now()
      await putSetting(dialect, KEY, String(round))
      times.push(now() - begin)
    }
  } finally {
    await dialect.db.deleteFrom('settings').where('key', '=', KEY).execute()
  }
  return times
}

/** The known text by which a start recognises its keys; null before the first start. */
export async function keyCheck({ db }: Dialect): Promise<string | null> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', 'key_check').executeTakeFirst()
  return row?.value ?? null
}

/** When the newest event was accepted: a clock that is behind this time was set back. */
export async function newestEventAt({ db }: Dialect): Promise<Millis | null> {
  const row = await db.selectFrom('events').select('accepted_at').orderBy('id', 'desc').limit(1).executeTakeFirst()
  return row?.accepted_at ?? null
}

export interface ConnectionState {
  id: string
  name: string
  provider: string
  channel: string
  enabled: boolean
  /** Null: healthy. */
  health: TargetHealth | null
}

/** Every connection with its health, by name. */
export async function connectionsToCheck({ db }: Dialect): Promise<ConnectionState[]> {
  const rows = await db.selectFrom('connections').select(['id', 'name', 'provider', 'channel', 'enabled']).orderBy('name').execute()
  const health = await db.selectFrom('target_health').selectAll().where('target', 'like', 'con_%').execute()
  const byTarget = new Map(health.map((row) => [row.target, toHealth(row)]))
  return rows.map((row) => ({ ...row, enabled: row.enabled === 1, health: byTarget.get(row.id) ?? null }))
}

/** Channels that an operator switched off for everybody. */
export async function disabledChannels({ db }: Dialect): Promise<string[]> {
  const rows = await db.selectFrom('channels').select('channel').where('enabled', '=', 0).orderBy('channel').execute()
  return rows.map(({ channel }) => channel)
}

/** Of how many destinations the last attempt failed, by channel, with the error of one of them. Those that were switched off do not count. */
export async function failingDestinations({ db }: Dialect): Promise<{ channel: string; count: number; error: string | null }[]> {
  const rows = await db
    .selectFrom('target_health')
    .innerJoin('destinations', 'destinations.id', 'target_health.target')
    .select((row) => ['destinations.channel', row.fn.countAll<number>().as('n'), row.fn.max('target_health.last_error').as('error')])
    .where('target_health.failures', '>', 0)
    .where('destinations.gone_at', 'is', null)
    .groupBy('destinations.channel')
    .orderBy('destinations.channel')
    .execute()
  return rows.map(({ channel, n, error }) => ({ channel, count: Number(n), error }))
}

/** Work that was given up because its process crashed again and again. */
export async function quarantined({ db }: Dialect): Promise<{ events: number; deliveries: number }> {
  const events = await db
    .selectFrom('events')
    .select((row) => row.fn.countAll<number>().as('n'))
    .where('state', '=', 'failed')
    .executeTakeFirstOrThrow()
  const deliveries = await db
    .selectFrom('deliveries')
    .select((row) => row.fn.countAll<number>().as('n'))
    .where('state', '=', stateLit('failed'))
    .where('error_code', '=', 'quarantined')
    .executeTakeFirstOrThrow()
  return { events: Number(events.n), deliveries: Number(deliveries.n) }
}
