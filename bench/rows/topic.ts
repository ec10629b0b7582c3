import { setBlocked } from '../lib/block.ts'
import { costBetween, spentBy } from '../lib/cost.ts'
import { createDatabase, type Database } from '../lib/database.ts'
import type { Row } from '../lib/figure.ts'
import { startHub } from '../lib/hub.ts'
import { report, setScene } from '../lib/scene.ts'
import { known, seedPeople, seedTopic, withDialect } from '../lib/seed.ts'
import { serverSeconds } from '../lib/server-time.ts'

const PEOPLE = 100_000
const REACHABLE = 72

/** One event to all people: until every inbox entry, decision and delivery is written. Nothing is sent meanwhile. */
export const topic: Row = {
  name: 'topic',
  title: `one event to a topic of ${PEOPLE.toLocaleString('en-US')}`,
  async run(engine) {
    const database = await createDatabase(engine)
    let hub = await startHub(database)
    await setScene(hub)
    await hub.client.connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
    await hub.stop()
    await setBlocked(database, true)
    await withDialect(database, async (dialect) => {
      await seedPeople(dialect, PEOPLE, REACHABLE)
      await seedTopic(dialect, 'everybody', PEOPLE)
      await known(database)
    })
    hub = await startHub(database)
    await planned(database, (await hub.client.events.report(report(1))).id)
    await hub.vitals()
    const { rss } = await hub.vitals()
    const before = await spentBy(hub, database)
    const { id } = await hub.client.events.report({ ...report(2), to: [{ topic: 'everybody' }] })
    const seconds = await planned(database, id)
    const vitals = await hub.vitals()
    const cost = costBetween(before, { hub: vitals.cpuSeconds, server: await serverSeconds(database) }, PEOPLE)
    await hub.stop()
    const written = await withDialect(database, async (dialect) => ({
      notifications: await count(dialect, 'notifications', id),
      deliveries: await count(dialect, 'deliveries', id),
    }))
    await database.remove()
    if (written.notifications !== PEOPLE || written.deliveries !== (PEOPLE * REACHABLE) / 100)
      throw new Error(`${written.notifications} notifications and ${written.deliveries} deliveries were written`)
    const common = { row: 'topic', engine }
    return [
      {
        ...common,
        what: 'accepted -> planned',
        value: seconds,
        unit: 's',
        note: `${written.notifications} notifications, ${written.deliveries} deliveries`,
        cost,
        aim: { of: 'value', most: engine === 'sqlite' ? 2 : 3 },
        floor: { of: 'value', most: engine === 'sqlite' ? 2.5 : 3.8 },
      },
      { ...common, what: 'growth of memory (RSS)', value: (vitals.peakRss - rss) / 2 ** 20, unit: 'MiB', aim: { of: 'value', most: 100 } },
      {
        ...common,
        what: 'longest hold of the event loop',
        value: vitals.longestHoldMs,
        unit: 'ms',
        note: `p99 ${vitals.holdP99Ms.toFixed(1)}`,
        aim: { of: 'value', most: 25 },
      },
    ]
  },
}

const count = async (dialect: Parameters<Parameters<typeof withDialect>[1]>[0], table: 'notifications' | 'deliveries', event: string): Promise<number> => {
  const { n } = await dialect.db
    .selectFrom(table)
    .select((row) => row.fn.countAll<number>().as('n'))
    .where('event', '=', (eb) => eb.selectFrom('events').select('n').where('id', '=', dialect.bytesOf('evt', event)))
    .executeTakeFirstOrThrow()
  return n
}

/** Seconds from acceptance until the last batch was written, by the hub's own clock. */
const planned = (database: Database, id: string): Promise<number> =>
  withDialect(database, async (dialect) => {
    for (const began = Date.now(); Date.now() - began < 300_000; ) {
      const row = await dialect.reads.selectFrom('events').select(['accepted_at', 'planned_at']).where('id', '=', dialect.bytesOf('evt', id)).executeTakeFirst()
      if (row?.planned_at != null) return (row.planned_at - row.accepted_at) / 1000
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error('the event was not planned within 5 minutes')
  })
