import { LOG_CONNECTION } from '../../connections/registry.ts'
import type { Clock } from '../../domain/time.ts'
import { codeOf, stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'

/**
 * Deliveries queued on a connection that is gone: it was removed while they were planned, sent or put back, or by another node whose notice
 * had not arrived yet. They would never be claimed. So a personal one is held until it finds another connection of its channel, and a
 * shared one (the connection was its destination) is cancelled. Reads one index entry per connection, however long the queue. A built-in
 * connection is never gone.
 */
export async function adoptOrphans({ db, among }: Pick<Dialect, 'db' | 'among'>, clock: Clock, builtIn: readonly string[] = []): Promise<number> {
  const queues: string[] = []
  for (let after = ''; ; ) {
    const row = await db
      .selectFrom('deliveries')
      .select('connection_id')
      .where('state', '=', stateLit('queued'))
      .where('connection_id', '>', after)
      .orderBy('connection_id')
      .limit(1)
      .executeTakeFirst()
    if (row?.connection_id == null) break
    after = row.connection_id
    if (after !== LOG_CONNECTION && !builtIn.includes(after)) queues.push(after)
  }
  if (queues.length === 0) return 0
  const known = new Set((await db.selectFrom('connections').select('id').where('id', 'in', among(queues)).execute()).map(({ id }) => id))
  const gone = queues.filter((id) => !known.has(id))
  if (gone.length === 0) return 0
  const now = clock()
  const orphans = db.updateTable('deliveries').where('state', '=', stateLit('queued')).where('connection_id', 'in', among(gone))
  const cancelled = await orphans
    .whereRef('recipient', '=', 'connection_id')
    .set({ state: codeOf('cancelled'), finished_at: now, error_code: 'connection_removed', error: 'The connection was removed' })
    .executeTakeFirstOrThrow()
  const held = await orphans
    .whereRef('recipient', '<>', 'connection_id')
    .set({ state: codeOf('held'), held_for: 'no_connection', held_until: null, connection_id: null })
    .executeTakeFirstOrThrow()
  return Number(cancelled.numUpdatedRows + held.numUpdatedRows)
}
