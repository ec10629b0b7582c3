import { randomBytes } from 'node:crypto'
import type { Columns, Dialect } from '../../apps/server/src/storage/dialects/dialect.ts'
import { seed } from './seed.ts'

const KEY: Columns = { high: 'integer', low: 'integer', hash: 'text', body: 'text', at: 'integer' }

/** Idempotency keys of reports that were answered, random as clients make them. The next start of the hub puts them into the index. */
export function seedKeys(dialect: Dialect, count: number): Promise<void> {
  const at = Date.now()
  return seed(dialect, 'event_keys', KEY, count, () => {
    const bytes = randomBytes(12)
    return { high: bytes.readUIntBE(0, 6), low: bytes.readUIntBE(6, 6), hash: 'x'.repeat(22), body: '{"id":"evt_0197f1b2c3d47000a1b2c3d4e5f60718"}', at }
  })
}
