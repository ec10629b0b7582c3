import { codeOf } from '../../apps/server/src/storage/delivery-states.ts'
import { createDatabase, type Database } from '../lib/database.ts'
import type { Row } from '../lib/figure.ts'
import { type Hub, startHub } from '../lib/hub.ts'
import { type Receiver, startReceiver } from '../lib/receiver.ts'
import { report, setScene } from '../lib/scene.ts'
import { withDialect } from '../lib/seed.ts'

/** More than a lane takes in hand. */
const REPORTED = 350
const IN_HAND = 250
const BATCH = 100
const AT_MOST = 60_000

/** A hub dies with about 300 deliveries in hand. Each may be the one that killed it, so the next hub sends them one at a time, beside the rest. */
export const suspects: Row = {
  name: 'suspects',
  title: 'a hub is killed with 300 leased deliveries, and a new one starts',
  async run(engine) {
    const database = await createDatabase(engine)
    const receiver = await startReceiver()
    let hub = await startHub(database)
    await setScene(hub, receiver)
    await receiver.reset({ hang: true })
    await fill(hub, receiver)
    const leased = await untilLeased(database)
    await hub.kill()
    await receiver.reset({ note: true })
    hub = await startHub(database)
    const began = performance.timeOrigin + performance.now()
    const { id } = await hub.client.events.report(report(REPORTED))
    const { notes } = await receiver.until(REPORTED + 1, AT_MOST)
    await hub.stop()
    await receiver.stop()
    await database.remove()
    const seconds = (ofNew: boolean) => (Math.max(...notes.flatMap(([event, at]) => ((event === id) === ofNew ? at : []))) - began) / 1000
    const common = { row: 'suspects', engine, unit: 's', aim: { of: 'value', most: 5 } as const }
    return [
      { ...common, what: `ready -> the last of ${REPORTED} is received`, value: seconds(false), note: `${leased} were leased, the others queued` },
      { ...common, what: 'an event that is reported meanwhile is received', value: seconds(true) },
    ]
  },
}

/** The first event alone: a lane takes new deliveries in hand once it has seen its queue empty. */
async function fill({ client }: Hub, receiver: Receiver): Promise<void> {
  await client.events.report(report(0))
  await receiver.until(1)
  for (let from = 1; from < REPORTED; from += BATCH)
    await client.events.reportBatch(Array.from({ length: Math.min(BATCH, REPORTED - from) }, (_, i) => report(from + i)))
}

/** Resolves to how many deliveries are leased when all are planned. */
const untilLeased = (database: Database): Promise<number> =>
  withDialect(database, async ({ db }) => {
    for (const began = Date.now(); Date.now() - began < AT_MOST; ) {
      const rows = await db.selectFrom('deliveries').select('state').execute()
      const leased = rows.filter(({ state }) => state === codeOf('sending')).length
      if (rows.length === REPORTED && leased >= IN_HAND) return leased
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`fewer than ${IN_HAND} of ${REPORTED} deliveries were leased`)
  })
