import type { By } from '../../domain/by.ts'
import type { Clock } from '../../domain/time.ts'
import { audit } from '../audit.ts'
import { configChanged } from '../config-changes.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** The operator's switch per channel. A channel that was never switched is on. */
export function createChannelStore(dialect: Dialect, clock: Clock) {
  return {
    async disabled(): Promise<Set<string>> {
      const rows = await dialect.db.selectFrom('channels').select('channel').where('enabled', '=', 0).execute()
      return new Set(rows.map(({ channel }) => channel))
    },
    async put(channel: string, on: boolean, by: By): Promise<void> {
      const enabled = on ? 1 : 0
      await dialect.db.transaction().execute(async (trx) => {
        await trx
          .insertInto('channels')
          .values({ channel, enabled })
          .onConflict((conflict) => conflict.column('channel').doUpdateSet({ enabled }))
          .execute()
        await audit(trx, { ...by, action: on ? 'channel.enabled' : 'channel.disabled', target: channel, at: clock() })
        await configChanged(dialect, trx, 'channels')
      })
    },
  }
}

export type ChannelStore = ReturnType<typeof createChannelStore>
