import { atRest } from '../against/rest.ts'
import { type Cost, costBetween, medianCost, spentBy } from '../lib/cost.ts'
import { createDatabase } from '../lib/database.ts'
import type { Row } from '../lib/figure.ts'
import { startHub } from '../lib/hub.ts'
import { percentile } from '../lib/percentile.ts'
import { startReceiver } from '../lib/receiver.ts'
import { setScene } from '../lib/scene.ts'
import { sendSingles } from '../lib/singles.ts'

const THREADS = [0, 1, 2]
const ROUNDS = 5
const COUNT = 4000
const WARM = 1000

/** End to end with threads that send: a hub for each number of them, measured by turns. */
export const threads: Row = {
  name: 'threads',
  title: 'event -> signed webhook received, CARILLON_SEND_THREADS 0, 1, 2',
  async run(engine) {
    const receiver = await startReceiver()
    const sides = []
    for (const number of THREADS) {
      const database = await createDatabase(engine)
      const hub = await startHub(database, { env: { CARILLON_SEND_THREADS: String(number) } })
      await setScene(hub, receiver)
      await sendSingles(hub, receiver, WARM)
      sides.push({ number, database, hub, rates: [] as number[], costs: [] as Cost[] })
    }
    for (let round = 0; round < ROUNDS; round++)
      for (const { hub, database, rates, costs } of round % 2 === 0 ? sides : sides.toReversed()) {
        await atRest(hub)
        const before = await spentBy(hub, database)
        rates.push(COUNT / (await sendSingles(hub, receiver, COUNT)))
        await atRest(hub)
        costs.push(costBetween(before, await spentBy(hub, database), COUNT))
      }
    for (const { hub, database } of sides) {
      await hub.stop()
      await database.remove()
    }
    await receiver.stop()
    const measured = sides.map(({ number, rates, costs }) => ({ number, value: percentile(rates, 50), cost: medianCost(costs) }))
    return measured.map(({ number, value, cost }) => ({
      row: 'threads',
      engine,
      what: `single POSTs, ${number === 0 ? 'sent by the main thread' : `${number} sending ${number === 1 ? 'thread' : 'threads'}`}`,
      value,
      unit: '/s',
      cost,
      ...(number === 0 ? {} : { limit: { name: 'main thread', value: measured[0]?.value ?? Number.NaN } }),
    }))
  },
}
