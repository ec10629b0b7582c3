import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { admin } from '../../apps/server/test/setup/postgres.ts'
import { atRest } from '../against/rest.ts'
import { createDatabase, type Database } from '../lib/database.ts'
import type { Row } from '../lib/figure.ts'
import { seedHistory } from '../lib/history.ts'
import { startHub } from '../lib/hub.ts'
import { type Receiver, startReceiver } from '../lib/receiver.ts'
import { setScene } from '../lib/scene.ts'
import { withDialect } from '../lib/seed.ts'
import { sendSingles } from '../lib/singles.ts'
import { sendInTurns } from '../lib/turns.ts'

/** Events, inbox entries and deliveries that are there already, each a copy of the one before with more. */
const SIZES = [0, 100_000, 1_000_000]
const COUNT = 3000

/** What an event costs end to end when the tables have grown: a hub for each size, measured by turns. */
export const growth: Row = {
  name: 'growth',
  title: 'processor time per event with a history behind it',
  async run(engine) {
    const receiver = await startReceiver()
    const all = await histories(engine, receiver)
    const sizes = [...all.values()]
    const measured = await sendInTurns(
      [...all.keys()].map((database) => ({ database })),
      receiver,
      COUNT,
    )
    await receiver.stop()
    const [empty, ...grown] = measured.map(({ cost }, i) => ({ size: sizes[i] ?? 0, cost }))
    if (empty === undefined) return []
    const common = { row: 'growth', engine, unit: 'us' }
    return [
      { ...common, what: 'CPU of the hub per event, single POSTs, empty database', value: empty.cost.hub, cost: empty.cost },
      ...grown.map(({ size, cost }) => ({
        ...common,
        what: `the same with ${size.toLocaleString('en-US')} events behind it`,
        value: cost.hub,
        cost,
        limit: { name: 'empty', value: empty.cost.hub },
        ...(size < 1_000_000 ? {} : { aim: { of: 'ratio', most: 1.2 } as const, floor: { of: 'ratio', most: 1.3 } as const }),
      })),
    ]
  },
}

async function histories(engine: Engine, receiver: Receiver): Promise<Map<Database, number>> {
  const all = new Map<Database, number>()
  let last: Database | undefined
  let written = 0
  for (const size of SIZES) {
    const database = await createDatabase(engine, last)
    if (last === undefined) await prepare(database, receiver)
    else await withDialect(database, (dialect) => seedHistory(dialect, size - written))
    // Or the server would do this by itself while the hub is measured.
    if (engine === 'postgres') await admin(database.url, 'vacuum analyze')
    all.set(database, size)
    last = database
    written = size
  }
  return all
}

/** The scene, and one event whose decisions the history refers to. */
async function prepare(database: Database, receiver: Receiver): Promise<void> {
  const hub = await startHub(database)
  await setScene(hub, receiver)
  await sendSingles(hub, receiver, 1)
  await atRest(hub)
  await hub.stop()
}
