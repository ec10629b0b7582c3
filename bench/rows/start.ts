import { createDatabase } from '../lib/database.ts'
import type { Row } from '../lib/figure.ts'
import { startHub } from '../lib/hub.ts'
import { percentile } from '../lib/percentile.ts'
import { residentBytes } from '../lib/resident.ts'

const STARTS = 5

/** `carillon serve` from the TypeScript in the checkout: time until ready, and idle memory. */
export const start: Row = {
  name: 'start',
  title: 'start to ready, idle memory',
  async run(engine) {
    const database = await createDatabase(engine)
    await (await startHub(database, { bare: true })).stop() // migrates, and fills the compile cache
    const times: number[] = []
    const memory: number[] = []
    for (let n = 0; n < STARTS; n++) {
      const hub = await startHub(database, { bare: true })
      times.push(hub.readyMs)
      await new Promise((resolve) => setTimeout(resolve, 2000))
      memory.push(residentBytes(hub.pid) / 2 ** 20)
      await hub.stop()
    }
    await database.remove()
    const common = { row: 'start', engine }
    return [
      { ...common, what: `start to ready, median of ${STARTS}`, value: percentile(times, 50) / 1000, unit: 's', aim: { of: 'value', most: 1 } },
      { ...common, what: 'idle memory (RSS)', value: percentile(memory, 50), unit: 'MiB', aim: { of: 'value', most: 120 }, floor: { of: 'value', most: 170 } },
    ]
  },
}
