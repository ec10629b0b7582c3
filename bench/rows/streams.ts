import { startChild } from '../lib/child.ts'
import { type Cost, costBetween, meanCost, spentBy } from '../lib/cost.ts'
import { createDatabase, type Database } from '../lib/database.ts'
import type { Row } from '../lib/figure.ts'
import { type Hub, startHub } from '../lib/hub.ts'
import type { ListenersAnswer, ListenersQuestion } from '../lib/listeners.ts'
import { requireOpenFiles } from '../lib/open-files.ts'
import { percentile } from '../lib/percentile.ts'
import { report, setScene } from '../lib/scene.ts'
import { known, personId, seedPeople, seedTopic, withDialect } from '../lib/seed.ts'

const STREAMS = 5000
/** Besides the streams: the database, its log, libraries. */
const OTHER_FILES = 500
const EVENTS = 5
const AT_MOST = 60_000

/** Live inboxes: 5,000 users with an open stream each, and events to all of them. */
export const streams: Row = {
  name: 'streams',
  title: `one event to ${STREAMS.toLocaleString('en-US')} open inbox streams`,
  async run(engine) {
    requireOpenFiles(STREAMS + OTHER_FILES)
    const database = await createDatabase(engine)
    let hub = await startHub(database)
    await setScene(hub)
    await hub.stop()
    await withDialect(database, async (dialect) => {
      await seedPeople(dialect, STREAMS, 0)
      await seedTopic(dialect, 'everybody', STREAMS)
      await known(database)
    })
    hub = await startHub(database)
    const ask = await listeners()
    await toEverybody(hub, 0)
    const before = await hub.vitals(true)
    const { open } = await ask({ kind: 'open', address: hub.address, users: Array.from({ length: STREAMS }, (_, n) => personId(n)) })
    const after = await hub.vitals(true)
    if (open !== STREAMS) throw new Error(`only ${open} of ${STREAMS} streams were opened`)
    const told = await tellAll(hub, database, ask)
    await ask.stop()
    await hub.stop()
    await database.remove()
    const common = { row: 'streams', engine }
    const times = told.map(({ seconds }) => seconds)
    return [
      {
        ...common,
        what: `until all have heard, median of ${times.length}`,
        value: percentile(times, 50),
        unit: 's',
        note: `slowest ${percentile(times, 100).toFixed(2)}`,
        cost: meanCost(told.map(({ cost }) => cost)),
        aim: { of: 'value', most: 0.5 },
        floor: { of: 'value', most: 1 },
      },
      {
        ...common,
        what: 'memory of an open stream (RSS, garbage collected)',
        value: eachKiB(after.rss - before.rss),
        unit: 'KiB',
        note: `of it in the JavaScript heap ${eachKiB(after.heap - before.heap).toFixed(1)}`,
        aim: { of: 'value', most: 20 },
        floor: { of: 'value', most: 24 },
      },
    ]
  },
}

const eachKiB = (bytes: number): number => bytes / 1024 / STREAMS

type Ask = ((question: ListenersQuestion) => Promise<ListenersAnswer>) & { stop(): Promise<void> }

async function listeners(): Promise<Ask> {
  const child = await startChild<ListenersQuestion, ListenersAnswer, string>('processes/listeners')
  async function ask(question: ListenersQuestion): Promise<ListenersAnswer> {
    const answer = await child.ask(question)
    if (answer.failed !== null) throw new Error(`a stream failed: ${answer.failed}`)
    return answer
  }
  return Object.assign(ask, { stop: child.stop })
}

/** Seconds from the request until the last stream had the entry. The first event is not counted: it warms up. */
async function tellAll(hub: Hub, database: Database, ask: Ask): Promise<{ seconds: number; cost: Cost }[]> {
  const told = []
  for (let n = 0; n <= EVENTS; n++) {
    await ask({ kind: 'reset' })
    const before = await spentBy(hub, database)
    const began = performance.timeOrigin + performance.now()
    await toEverybody(hub, n)
    const { heard, lastAt } = await ask({ kind: 'until', count: STREAMS, atMostMs: AT_MOST })
    if (heard < STREAMS) throw new Error(`only ${heard} of ${STREAMS} streams had the entry within ${AT_MOST / 1000} s`)
    told.push({ seconds: (lastAt - began) / 1000, cost: costBetween(before, await spentBy(hub, database), STREAMS) })
  }
  return told.slice(1)
}

const toEverybody = ({ client }: Hub, n: number) => client.events.report({ ...report(n), to: [{ topic: 'everybody' }] })
