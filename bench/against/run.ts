import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import type { Checkout } from '../lib/checkout.ts'
import { createDatabase, type Database } from '../lib/database.ts'
import { type Hub, type HubOptions, startHub } from '../lib/hub.ts'
import { type Receiver, startReceiver } from '../lib/receiver.ts'
import { known } from '../lib/seed.ts'
import { type Comparison, compare } from './compare.ts'
import { type Round, type Sample, type Side, turns } from './rounds.ts'
import type { ComparedRow } from './row.ts'

export type Checkouts = Record<Side, Checkout>

/** One row on one engine: both sides are seeded and measured once for nothing, then `rounds` times by turns. `heard` gets every round. */
export async function compareRow(
  row: ComparedRow,
  engine: Engine,
  checkouts: Checkouts,
  rounds: number,
  heard: (round: Round, n: number) => void,
): Promise<Comparison> {
  const receiver = await startReceiver()
  const seeded = { A: await seed(row, engine, checkouts.A, receiver), B: await seed(row, engine, checkouts.B, receiver) }
  const sample = (side: Side) => measure(row, seeded[side], checkouts[side], receiver)
  await sample('A')
  await sample('B')
  const done: Round[] = []
  for (const [first, second] of turns(rounds)) {
    const [one, two] = [await sample(first), await sample(second)]
    const round = first === 'A' ? { A: one, B: two } : { A: two, B: one }
    done.push(round)
    heard(round, done.length)
  }
  await Promise.all([receiver.stop(), seeded.A.remove(), seeded.B.remove()])
  return compare(done, row.tolerance)
}

/** A database that nobody uses and every measurement copies. */
async function seed(row: ComparedRow, engine: Engine, checkout: Checkout, receiver: Receiver): Promise<Database> {
  const database = await createDatabase(engine)
  await withHub(database, { checkout }, (hub) => row.seed(hub, receiver))
  await known(database)
  return database
}

async function measure(row: ComparedRow, seeded: Database, checkout: Checkout, receiver: Receiver): Promise<Sample> {
  const database = await createDatabase(seeded.engine, seeded)
  const sample = await withHub(database, { checkout, env: row.env ?? {}, bare: row.bare ?? false }, (hub) => row.measure(hub, receiver))
  await database.remove()
  return sample
}

async function withHub<T>(database: Database, options: HubOptions & { checkout: Checkout }, work: (hub: Hub) => Promise<T>): Promise<T> {
  try {
    const hub = await startHub(database, options)
    const result = await work(hub)
    await hub.stop()
    return result
  } catch (cause) {
    throw new Error(`the hub of ${options.checkout.folder} could not be measured`, { cause })
  }
}
