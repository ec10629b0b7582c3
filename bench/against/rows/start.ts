import { residentBytes } from '../../lib/resident.ts'
import type { ComparedRow } from '../row.ts'

/** Milliseconds after "ready" until the memory is read. */
const IDLE = 2000

/** What a hub holds when nothing happens. The throughput is starts in a second. */
export const start: ComparedRow = {
  name: 'start',
  what: 'idle memory (RSS)',
  unit: 'MiB',
  tolerance: { of: 'difference', most: 5 },
  bare: true,
  // The hub that was started for this has migrated the database.
  async seed() {},
  async measure({ pid, readyMs }) {
    await new Promise((resolve) => setTimeout(resolve, IDLE))
    return { cost: residentBytes(pid) / 2 ** 20, perSecond: 1000 / readyMs }
  },
}
