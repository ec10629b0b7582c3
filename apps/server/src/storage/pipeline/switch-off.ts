import { sql } from 'kysely'
import { GIVE_UP_DESTINATION } from '../../connections/health.ts'
import type { Outcome } from '../../delivery/outcome.ts'
import type { Notice } from '../../domain/notice.ts'
import type { Millis } from '../../domain/time.ts'
import type { Trouble } from '../../domain/trouble.ts'
import type { HealthStore } from '../connections/health-store.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { removeDevices } from '../people/device-gone.ts'
import type { Trx } from '../schema.ts'

export interface SwitchOffParts {
  dialect: Dialect
  health: HealthStore
}

/** Switches off destinations that are gone, and those that only failed for five days. Returns the notices for their owners. */
export async function switchOff({ dialect, health }: SwitchOffParts, trx: Trx, outcomes: readonly Outcome[], now: Millis): Promise<Notice[]> {
  const gone = new Map<string, { reason: string; trouble: Trouble }>()
  for (const { delivery, unreachable } of outcomes) if (unreachable !== null) gone.set(delivery.destinationId, { reason: unreachable, trouble: 'gone' })
  const failing = outcomes.flatMap(({ delivery: { destinationId }, health: reports }) =>
    destinationId.startsWith('dst_') && reports.some(({ target, error }) => error !== null && target === destinationId) ? [destinationId] : [],
  )
  if (failing.length > 0)
    for (const { target, initialFailureAt, lastError } of (await health.forChange(trx, failing)).values())
      if (initialFailureAt !== null && now - initialFailureAt >= GIVE_UP_DESTINATION)
        gone.set(target, { reason: `Only failures for five days; the last one: ${lastError ?? ''}`, trouble: 'given_up' })
  if (gone.size === 0) return []
  await removeDevices(
    dialect,
    trx,
    outcomes.flatMap(({ delivery, unreachable, goneSince, tries }) =>
      unreachable === null ? [] : [{ id: delivery.destinationId, at: goneSince ?? tries.at(-1)?.at ?? now }],
    ),
  )
  const rows = [...gone].map(([id, { reason, trouble }]) => ({ id, gone_at: now, gone_reason: reason, gone_trouble: trouble }))
  const { rows: off } = await sql<{ id: string; user_id: string; channel: string; label: string | null }>`
    update destinations set gone_at = r.gone_at, gone_reason = r.gone_reason, gone_trouble = r.gone_trouble
    from ${dialect.table(rows, { id: 'text', gone_at: 'integer', gone_reason: 'text', gone_trouble: 'text' }, 'r')} where destinations.id = r.id and destinations.gone_at is null
    returning destinations.id, destinations.user_id, destinations.channel, destinations.label`.execute(trx)
  const notices: Notice[] = []
  for (const { id, user_id: user, channel, label } of off) {
    const place = label === null ? {} : { place: label, others: await others(trx, user, channel) }
    const { reason = '', trouble = 'gone' } = gone.get(id) ?? {}
    notices.push({ kind: 'destination.switched_off', target: id, detail: reason, trouble, blockedUntil: null, user, channel, ...place })
  }
  return notices
}

/** How many places of the list still work. */
async function others(trx: Trx, user: string, channel: string): Promise<number> {
  const list = trx.selectFrom('destinations').where('user_id', '=', user).where('channel', '=', channel)
  const hearing = list.where('gone_at', 'is', null).where('confirmed_at', 'is not', null)
  const { count } = await hearing.select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
  return Number(count)
}
