import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import { type Cost, costBetween, meanCost, type Spent } from './cost.ts'
import { percentile } from './percentile.ts'
import { single } from './scene.ts'

const CONNECTIONS = 50
const ROUNDS = 3
const SECONDS = 3
const WARM_SECONDS = 2

/** A server that takes POST /v1/events. */
export interface Target {
  url: string
  /** Processor time of its hub and database so far. */
  spent?: () => Promise<Spent>
  /** A header with another random value in each request. */
  header?: string
}

/** Latency in milliseconds. */
export interface Load {
  perSecond: number
  p50: number
  p99: number
  /** Of each request; only of targets that tell it. */
  cost?: Cost
}

/** Short loads in alternation, each round in reverse: a disturbance of the machine affects all of them alike. */
export async function inTurns<Name extends string>(targets: Record<Name, Target>): Promise<Record<Name, Load>> {
  const all = Object.entries<Target>(targets).map(([name, target]) => ({ name, target, loads: [] as Load[] }))
  for (const { target } of all) await cannon(target, WARM_SECONDS)
  for (let round = 0; round < ROUNDS; round++)
    for (const { target, loads } of round % 2 === 0 ? all : all.toReversed()) loads.push(await cannon(target, SECONDS))
  return Object.fromEntries(all.map(({ name, loads }) => [name, mean(loads)])) as Record<Name, Load>
}

function mean(loads: Load[]): Load {
  const costs = loads.flatMap(({ cost }) => cost ?? [])
  return {
    perSecond: loads.reduce((sum, { perSecond }) => sum + perSecond, 0) / loads.length,
    p50: percentile(
      loads.map(({ p50 }) => p50),
      50,
    ),
    p99: percentile(
      loads.map(({ p99 }) => p99),
      50,
    ),
    ...(costs.length === 0 ? {} : { cost: meanCost(costs) }),
  }
}

async function cannon({ url, spent, header }: Target, duration: number): Promise<Load> {
  const requests = Array.from({ length: header === undefined ? 200 : 20 }, (_, n) => {
    const { path, headers, body } = single(n)
    const request: autocannon.Request = { method: 'POST', path, headers, body }
    return header === undefined
      ? request
      : { ...request, setupRequest: (one: autocannon.Request) => ({ ...one, headers: { ...headers, [header]: randomUUID() } }) }
  })
  const before = await spent?.()
  const result = await autocannon({ url, connections: CONNECTIONS, duration, requests })
  const after = await spent?.()
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers were not 2xx, ${result.errors} requests failed`)
  const load = { perSecond: result['2xx'] / result.duration, p50: result.latency.p50, p99: result.latency.p99 }
  return before === undefined || after === undefined ? load : { ...load, cost: costBetween(before, after, result['2xx']) }
}
