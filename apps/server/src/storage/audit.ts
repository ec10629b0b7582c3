import { newId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Millis } from '../domain/time.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Trx } from './schema.ts'

export interface AuditEntry {
  /** The actor: `key_…`, a user id, `root`, `system`. */
  actor: string
  /** The action, as `noun.verb`: `connection.update`. */
  action: string
  /** The target: an id or a key. */
  target: string
  /** The changed fields, with secrets masked. */
  detail?: JsonObject
  requestId?: string | null
  at: Millis
}

/** Writes one line of the audit log in the transaction of the change itself, so that neither exists without the other. */
export async function audit(trx: Trx, { actor, action, target, detail, requestId, at }: AuditEntry): Promise<void> {
  await trx
    .insertInto('audit_log')
    .values({ id: newId('aud', at), at, actor, action, target, detail: JSON.stringify(detail ?? {}), request_id: requestId ?? null })
    .execute()
}

/** The same for an action that changes nothing else in the database. */
export const auditAlone = ({ db }: Dialect, entry: AuditEntry): Promise<void> => db.transaction().execute((trx) => audit(trx, entry))
