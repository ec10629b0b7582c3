import { systemEvent } from '../../catalogue/notices.ts'
import { channelIssues, type HealthIssue } from '../../connections/channel-health.ts'
import type { Event } from '../../domain/event.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Db, Trx } from '../schema.ts'

/** An issue, and since when it has been on this level. */
export interface KnownIssue extends HealthIssue {
  since: Millis
}

export interface HealthIssueParts {
  dialect: Dialect
  clock: Clock
  /** Channels that the hub also serves by itself: failing connections never make those unreachable. */
  builtIn: readonly string[]
  /** Stores the events in the same transaction. */
  tell(trx: Trx, events: Event[]): Promise<void>
}

/** The setting with the reported issues. So an issue is reported once, whichever node sees it first, and not again after a restart. */
const KEY = 'health_issues'

/**
 * Compares the health of the channels with the last report, and reports the changes: `health.issue` when an issue appears or changes its
 * level, `health.restored` when it is over. Derived from the rows each time, so no change in between can be missed.
 */
export function createHealthIssues({ dialect, clock, builtIn, tell }: HealthIssueParts) {
  async function current(db: Db | Trx): Promise<HealthIssue[]> {
    const rows = await db
      .selectFrom('connections')
      .leftJoin('target_health', 'target', 'id')
      .select(['name', 'channel', 'blocked_until'])
      .where('personal', '=', 1)
      .where('enabled', '=', 1)
      .orderBy('priority')
      .orderBy('id')
      .execute()
    const connections = rows.map(({ name, channel, blocked_until }) => ({ name, channel, failing: blocked_until !== null }))
    return channelIssues([...connections, ...builtIn.map((channel) => ({ name: 'built in', channel, failing: false }))])
  }

  const reported = async (db: Db): Promise<KnownIssue[]> =>
    parse((await db.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirst())?.value ?? '[]')

  return {
    /** Returns the present issues. Usually two short reads; writes only when something changed. */
    async settle(): Promise<KnownIssue[]> {
      const known = await reported(dialect.db)
      if (same(known, await current(dialect.db))) return known
      return dialect.db.transaction().execute(async (trx) => {
        // Writing the row unchanged keeps other nodes out until this one has committed. Later reads are up to date.
        const { value } = await trx
          .insertInto('settings')
          .values({ key: KEY, value: '[]' })
          .onConflict((conflict) => conflict.column('key').doUpdateSet((row) => ({ value: row.ref('settings.value') })))
          .returning('value')
          .executeTakeFirstOrThrow()
        const before = parse(value)
        const now = clock()
        const after = (await current(trx)).map((issue) => ({ ...issue, since: before.find((one) => sameLevel(one, issue))?.since ?? now }))
        await trx
          .updateTable('settings')
          .set({ value: JSON.stringify(after) })
          .where('key', '=', KEY)
          .execute()
        const events = changes(before, after, now)
        if (events.length > 0) await tell(trx, events)
        return after
      })
    },
  }
}

export type HealthIssues = ReturnType<typeof createHealthIssues>

const parse = (text: string): KnownIssue[] => JSON.parse(text)
const sameLevel = (a: HealthIssue, b: HealthIssue): boolean => a.source === b.source && a.level === b.level
const same = (a: readonly HealthIssue[], b: readonly HealthIssue[]): boolean =>
  a.length === b.length && a.every((one) => b.some((other) => sameLevel(one, other) && one.message === other.message))

function changes(before: readonly HealthIssue[], after: readonly HealthIssue[], now: Millis): Event[] {
  const raised = after.filter((issue) => !before.some((one) => sameLevel(one, issue)))
  const over = before.filter(({ source }) => !after.some((one) => one.source === source))
  // No recipient is named, as with `connection.blocked`: operators receive it by shared connections that subscribe to it.
  return [
    ...raised.map(({ source, level, message }) => systemEvent('health.issue', level, [], null, { source, level, message }, now)),
    ...over.map(({ source, level, message }) => systemEvent('health.restored', 'success', [], null, { source, level, message }, now)),
  ]
}
