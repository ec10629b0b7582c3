import { type Hub, tellNotices } from '../../app/wire-pipeline.ts'
import { connectionNotice } from '../../catalogue/notices.ts'
import type { TrialParts } from '../../http/v1/connection-trials.ts'
import type { Pipeline } from '../../pipeline.ts'
import { audit } from '../../storage/audit.ts'
import { reportHealth } from '../../storage/connections/health-store.ts'

/** What a test by hand said counts like a delivery: it is audited, may block or open the connection, and operators hear of that. */
export function createTested(hub: Hub, pipeline: Pick<Pipeline, 'wake'>): TrialParts['tested'] {
  const { clock, dialect, registry, stores } = hub
  const tell = tellNotices(hub)
  return async (id, name, { failures, health }, by) => {
    const now = clock()
    const after = await dialect.db.transaction().execute(async (trx) => {
      await audit(trx, {
        ...by,
        action: 'connection.tested',
        target: id ?? 'unsaved',
        detail: { name, ok: failures.every(({ severity }) => severity === 'warning'), codes: failures.map(({ code }) => code) },
        at: now,
      })
      if (id === null || health === undefined) return null
      const changed = await reportHealth(stores.health, trx, id, health.error, now, hub.startedAt)
      const notice = connectionNotice(changed.before, changed.after, now)
      if (notice !== null) await tell(trx, [notice])
      return changed.after
    })
    if (after === null) return
    registry.updateHealth([after])
    hub.healthWatch.wake()
    pipeline.wake()
  }
}
