import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { bundle } from '../../scripts/bundle.ts'
import { type Checkout, thisCheckout } from '../lib/checkout.ts'
import { createDatabase } from '../lib/database.ts'
import type { Figure, Row } from '../lib/figure.ts'
import { startHub } from '../lib/hub.ts'
import { percentile } from '../lib/percentile.ts'
import { residentBytes } from '../lib/resident.ts'

const STARTS = 5

/** Idle memory, MiB. */
const AIMS = { checkout: { aim: 140, floor: 150 }, bundle: { aim: 110, floor: 125 } }

/** `carillon serve` from the checkout, as `npm start` does, and from a bundle of `npm run build`: time until ready, and idle memory. */
export const start: Row = {
  name: 'start',
  title: 'start to ready, idle memory',
  async run(engine) {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-bundle-'))
    try {
      await bundle(folder)
      const bundled = { ...thisCheckout, main: join(folder, 'bin', 'carillon.mjs') }
      return [...(await measure(engine, 'checkout', thisCheckout)), ...(await measure(engine, 'bundle', bundled))]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function measure(engine: Engine, name: keyof typeof AIMS, checkout: Checkout): Promise<Figure[]> {
  const database = await createDatabase(engine)
  await (await startHub(database, { bare: true, checkout })).stop() // migrates, and fills the compile cache
  const times: number[] = []
  const memory: number[] = []
  for (let n = 0; n < STARTS; n++) {
    const hub = await startHub(database, { bare: true, checkout })
    times.push(hub.readyMs)
    await new Promise((resolve) => setTimeout(resolve, 2000))
    memory.push(residentBytes(hub.pid) / 2 ** 20)
    await hub.stop()
  }
  await database.remove()
  const { aim, floor } = AIMS[name]
  const common = { row: 'start', engine }
  return [
    {
      ...common,
      what: `${name}: start to ready, median of ${STARTS}`,
      value: percentile(times, 50) / 1000,
      unit: 's',
      aim: { of: 'value', most: 0.6 },
      floor: { of: 'value', most: 1 },
    },
    {
      ...common,
      what: `${name}: idle memory (RSS)`,
      value: percentile(memory, 50),
      unit: 'MiB',
      aim: { of: 'value', most: aim },
      floor: { of: 'value', most: floor },
    },
  ]
}
