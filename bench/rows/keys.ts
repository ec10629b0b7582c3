import { API, acceptingDatabase } from '../lib/accepting.ts'
import { inTurns, type Load } from '../lib/cannon.ts'
import { spentBy } from '../lib/cost.ts'
import type { Row } from '../lib/figure.ts'
import { startHub } from '../lib/hub.ts'
import { seedKeys } from '../lib/keys.ts'
import { known, withDialect } from '../lib/seed.ts'

/** Those of the last day of a busy application. */
const KEYS = 1_000_000

/**
 * What an `Idempotency-Key` costs: one hub, by turns with and without it. Without it each request has another header with a random value,
 * so that both are the same work for the load generator.
 */
export const keys: Row = {
  name: 'keys',
  title: 'POST /v1/events with an Idempotency-Key, CARILLON_ROLE=api',
  async run(engine) {
    const database = await acceptingDatabase(engine)
    await withDialect(database, (dialect) => seedKeys(dialect, KEYS))
    await known(database)
    const hub = await startHub(database, { env: API })
    const target = { url: hub.address, spent: () => spentBy(hub, database) }
    const { keyed, open } = await inTurns({ open: { ...target, header: 'x-other' }, keyed: { ...target, header: 'idempotency-key' } })
    await hub.stop()
    await database.remove()
    const common = { row: 'keys', engine, unit: '/s' }
    return [
      { ...common, what: 'POST /v1/events without key', ...measured(open) },
      {
        ...common,
        what: `with a new key, ${KEYS.toLocaleString('en-US')} known`,
        ...measured(keyed),
        limit: { name: 'without key', value: open.perSecond },
        aim: { of: 'ratio', least: 0.85 },
        floor: { of: 'ratio', least: 0.75 },
      },
    ]
  },
}

const measured = ({ perSecond, p50, p99, cost }: Load) => ({ value: perSecond, note: `p50 ${p50}, p99 ${p99} ms`, ...(cost === undefined ? {} : { cost }) })
