import type { Claimed } from '../../delivery/job.ts'
import { isId } from '../../domain/id.ts'
import type { Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { countQuery } from '../inbox/inbox.ts'
import type { StoredDestination } from '../pipeline/outbox-load.ts'

export interface LoadedDevice {
  /** Null: it was removed since, or belongs to somebody else now. */
  place: StoredDestination | null
  locale: string | null
  unread: number
}

/** The devices that these deliveries go to, with the badge of their owners. Null when no delivery goes to a device, as most do not. */
export async function loadDevices(dialect: Dialect, claimed: readonly Claimed[], now: Millis): Promise<{ of(one: Claimed): LoadedDevice | undefined } | null> {
  const meant = claimed.filter(({ destinationId }) => isId('dev', destinationId))
  if (meant.length === 0) return null
  const ids = dialect.among([...new Set(meant.map(({ destinationId }) => destinationId))])
  const rows = await dialect.db.selectFrom('devices').selectAll().where('id', 'in', ids).execute()
  const counts = await countQuery(dialect, [...new Set(meant.map(({ recipient }) => recipient))], now).execute()
  const unread = new Map(counts.map((count) => [count.user_id, Number(count.unread)]))
  const byId = new Map(rows.map((row) => [row.id, row]))
  return {
    of({ destinationId, recipient }) {
      if (!isId('dev', destinationId)) return undefined
      const row = byId.get(destinationId)
      if (row === undefined || row.user_id !== recipient) return { place: null, locale: null, unread: 0 }
      const { id, address_hash, gone_at, provider, body, last_seen_at, locale } = row
      const place = { id, addressHash: address_hash, confirmed: true, gone: gone_at !== null, provider, body, updatedAt: last_seen_at }
      return { place, locale, unread: unread.get(recipient) ?? 0 }
    },
  }
}
