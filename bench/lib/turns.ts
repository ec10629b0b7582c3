import { atRest } from '../against/rest.ts'
import { type Cost, costBetween, medianCost, spentBy } from './cost.ts'
import type { Database } from './database.ts'
import { type Hub, startHub } from './hub.ts'
import { percentile } from './percentile.ts'
import type { Receiver } from './receiver.ts'
import { sendSingles } from './singles.ts'
import { WARM } from './warm.ts'

/** A hub that is measured beside others. */
export interface Side {
  database: Database
  /** More of its environment. */
  env?: Record<string, string>
}

export interface Measured {
  perSecond: number
  cost: Cost
}

const ROUNDS = 5

/**
 * Single POSTs end to end to several hubs, by turns and each round in reverse: a disturbance of the machine affects all of them alike. Resolves to the
 * median of each side, in their order. Removes the databases.
 */
export async function sendInTurns(sides: readonly Side[], receiver: Receiver, count: number): Promise<Measured[]> {
  const started: Started[] = []
  for (const { database, env = {} } of sides) started.push({ database, hub: await startHub(database, { env }), rounds: [] })
  for (const { hub } of started) await sendSingles(hub, receiver, WARM)
  for (let round = 0; round < ROUNDS; round++)
    for (const side of round % 2 === 0 ? started : started.toReversed()) side.rounds.push(await oneRound(side, receiver, count))
  for (const { hub, database } of started) {
    await hub.stop()
    await database.remove()
  }
  return started.map(({ rounds }) => ({
    perSecond: percentile(
      rounds.map(({ perSecond }) => perSecond),
      50,
    ),
    cost: medianCost(rounds.map(({ cost }) => cost)),
  }))
}

interface Started {
  database: Database
  hub: Hub
  rounds: Measured[]
}

async function oneRound({ hub, database }: Started, receiver: Receiver, count: number): Promise<Measured> {
  await atRest(hub)
  const before = await spentBy(hub, database)
  const seconds = await sendSingles(hub, receiver, count)
  await atRest(hub)
  return { perSecond: count / seconds, cost: costBetween(before, await spentBy(hub, database), count) }
}
