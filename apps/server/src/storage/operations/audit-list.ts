import { sql } from 'kysely'
import { type Period, paged, type Rows, type Slice } from '../../domain/page.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { AuditLogTable } from '../schema.ts'
import { madeIn } from './made-in.ts'

export interface AuditQuery extends Slice, Period {
  actor?: string
  action?: string
  target?: string
}

/** The audit log, newest first. */
export async function auditEntries(dialect: Dialect, { limit, after, actor, action, target, ...period }: AuditQuery): Promise<Rows<AuditLogTable>> {
  let query = dialect.reads
    .selectFrom('audit_log')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (after !== null) query = query.where('id', '<', after)
  if (actor !== undefined) query = query.where('actor', '=', actor)
  if (action !== undefined) query = query.where('action', '=', action)
  if (target !== undefined) query = query.where('target', '=', target)
  for (const bound of madeIn('aud', { id: sql.ref('id'), at: sql.ref('at') }, period)) query = query.where(bound)
  return paged(await query.execute(), limit, ({ id }) => id)
}
