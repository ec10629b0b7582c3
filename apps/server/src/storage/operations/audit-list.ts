import { paged, type Rows, type Slice } from '../../domain/page.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { AuditLogTable } from '../schema.ts'

/** The audit log, newest first. */
export async function auditEntries(dialect: Dialect, { limit, after }: Slice): Promise<Rows<AuditLogTable>> {
  let query = dialect.reads
    .selectFrom('audit_log')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (after !== null) query = query.where('id', '<', after)
  return paged(await query.execute(), limit, ({ id }) => id)
}
