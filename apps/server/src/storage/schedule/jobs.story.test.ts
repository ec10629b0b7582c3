import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { MINUTE, type Millis, SECOND } from '../../domain/time.ts'
import { gate } from '../../flow/testing/turns.ts'
import { openQueue } from '../../queue/open.ts'
import type { Queue } from '../../queue/queue.ts'
import { createLoops, type Loops } from '../../schedule/loops.ts'
import type { Leases } from '../../schedule/single-flight.ts'
import { createHandTimers, type HandTimers } from '../../schedule/testing/hand-timers.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { openDialect } from '../open.ts'
import type { Trx } from '../schema.ts'
import { createJobLeases } from './jobs.ts'

const LEASE = MINUTE
const PERIOD = 5 * MINUTE

interface Node {
  queue: Queue<Trx>
  dialect: Dialect
  leases: Leases
  loops: Loops
}

/** The runs of the loop `tidy`: the node and the time of each. */
const runs: { node: number; at: Millis }[] = []

let store: TestStore
let timers: HandTimers
let nodes: Node[] = []
beforeEach(() => {
  timers = createHandTimers()
  nodes = []
  runs.length = 0
})
afterEach(async () => {
  for (const node of nodes) await end(node)
  await store.close()
})

async function start(step?: () => Promise<boolean>): Promise<Node> {
  const dialect = await openDialect(store.url)
  const { clock } = timers
  const queue = openQueue(dialect, { kinds: {}, clock, leaseMs: LEASE, fallbackMs: 3_600_000 })
  await queue.start()
  const leases = createJobLeases({ dialect, clock, leaseMs: LEASE, owner: queue.owner, dead: queue.dead })
  const node = nodes.length
  const run = async () => {
    runs.push({ node, at: clock() })
    return (await step?.()) ?? false
  }
  const loops = createLoops([{ name: 'tidy', every: PERIOD, once: 'per database', step: run }], {
    leases,
    leaseMs: LEASE,
    clock,
    timers,
    failed: (what, error) => expect.unreachable(`${what}: ${String(error)}`),
  })
  nodes.push({ queue, dialect, leases, loops })
  return nodes[node]!
}

async function end({ queue, dialect, loops }: Node): Promise<void> {
  await loops.stop()
  await kill({ queue, dialect })
}

/** As `kill -9` would: its leases stay in the table. */
async function kill({ queue, dialect }: Pick<Node, 'queue' | 'dialect'>): Promise<void> {
  await queue.stop()
  await dialect.close()
}

/** Waits until this many nodes have looked and wait for their next time. */
const atRest = (count = nodes.length) => vi.waitFor(() => expect(timers.waiting()).toBe(count), { timeout: 10_000, interval: 2 })

describe.each(engines)('loops that run once per database, on %s', (engine) => {
  const count = engine === 'sqlite' ? 1 : 3 // one process serves a file
  beforeEach(async () => {
    store = await openTestStore(engine)
  })

  it('run once per period, however many nodes there are', async () => {
    for (let n = 0; n < count; n++) (await start()).loops.start()
    await atRest()
    for (let period = 1; period <= 10; period++) {
      expect(runs).toHaveLength(period)
      timers.advance(PERIOD - 1)
      await atRest()
      expect(runs).toHaveLength(period)
      timers.advance(1)
      await vi.waitFor(() => expect(runs).toHaveLength(period + 1), { timeout: 10_000, interval: 2 })
      await atRest()
    }
    expect(new Set(runs.map(({ at }) => at)).size).toBe(runs.length)
  })

  it('are never held twice, however many nodes claim at once', async () => {
    const all = await Promise.all(Array.from({ length: count }, () => start()))
    for (let period = 0; period < 5; period++) {
      const claims = await Promise.all(all.flatMap(({ leases }) => Array.from({ length: 5 }, () => leases.claim('tidy', PERIOD))))
      expect(claims.filter(({ held }) => held)).toHaveLength(1)
      for (const { leases } of all) await leases.finish('tidy', timers.clock() + PERIOD)
      expect(await all[0]!.leases.claim('tidy', PERIOD)).toEqual({ held: false, lookAt: timers.clock() + PERIOD })
      timers.advance(PERIOD)
    }
  })

  it('are not run again by a node that looked during another node’s finish or takeover', async () => {
    const { clock } = timers
    const of = (name: string, dead: () => Promise<string[]> = async () => []) =>
      createJobLeases({ dialect: store.dialect, clock, leaseMs: LEASE, owner: () => name, dead })
    const [a, b] = [of('a'), of('b')]
    await a.claim('tidy', PERIOD)
    const late = of('c', async () => {
      await a.finish('tidy', clock() + PERIOD)
      return ['a']
    })
    expect(await late.claim('tidy', PERIOD)).toEqual({ held: false, lookAt: clock() + PERIOD })
    timers.advance(PERIOD)
    await a.claim('tidy', PERIOD)
    timers.advance(LEASE)
    const later = of('c', async () => {
      await b.claim('tidy', PERIOD)
      return ['a']
    })
    expect(await later.claim('tidy', PERIOD)).toEqual({ held: false, lookAt: clock() + LEASE })
  })

  it('are taken over from a dead node, without waiting for its lease', async () => {
    const dead = await start()
    expect(await dead.leases.claim('tidy', PERIOD)).toMatchObject({ held: true })
    await kill(dead)
    nodes = []
    const next = await start()
    await vi.waitFor(async () => expect(await next.leases.claim('tidy', PERIOD)).toMatchObject({ held: true }), { timeout: 10_000 })
    expect(await next.leases.keep('tidy')).toBe(timers.clock() + LEASE)
  })
})

describe('a node that hangs, on postgres', () => {
  beforeEach(async () => {
    store = await openTestStore('postgres')
  })

  it('loses its lease when that ends, and changes nothing afterwards', async () => {
    const [hangs, next] = [await start(), await start()]
    const until = timers.clock() + LEASE
    expect(await hangs.leases.claim('tidy', PERIOD)).toEqual({ held: true, until })
    timers.advance(LEASE - 1)
    expect(await next.leases.claim('tidy', PERIOD)).toEqual({ held: false, lookAt: until })
    timers.advance(1)
    expect(await next.leases.claim('tidy', PERIOD)).toMatchObject({ held: true })
    expect(await hangs.leases.keep('tidy')).toBeNull()
    await hangs.leases.finish('tidy', timers.clock() + PERIOD)
    expect(await hangs.leases.claim('tidy', PERIOD)).toEqual({ held: false, lookAt: timers.clock() + LEASE })
    await next.leases.finish('tidy', timers.clock() + 7 * SECOND)
    expect(await hangs.leases.claim('tidy', PERIOD)).toEqual({ held: false, lookAt: timers.clock() + 7 * SECOND })
  })

  it('keeps its lease for as long as a run takes', async () => {
    const work = gate<boolean>()
    const [busy, other] = [await start(() => work.opened), await start()]
    busy.loops.start()
    await vi.waitFor(() => expect(runs).toHaveLength(1), { timeout: 10_000, interval: 2 })
    const kept = async () => (await busy.dialect.db.selectFrom('jobs').select('leased_until').executeTakeFirstOrThrow()).leased_until
    for (let thirds = 0; thirds < 10; thirds++) {
      timers.advance(LEASE / 3)
      await vi.waitFor(async () => expect(await kept()).toBe(timers.clock() + LEASE), { timeout: 10_000 })
      expect(await other.leases.claim('tidy', PERIOD)).toMatchObject({ held: false })
    }
    work.open(false)
    await atRest(1)
    expect(runs).toHaveLength(1)
  })

  it('runs again within its period after the clock was set back', async () => {
    const { leases } = await start()
    expect(await leases.claim('tidy', PERIOD)).toMatchObject({ held: true })
    // Written before the clock was set back by an hour.
    await leases.finish('tidy', timers.clock() + 3_600_000 + PERIOD)
    expect(await leases.claim('tidy', PERIOD)).toMatchObject({ held: true })
    await leases.finish('tidy', timers.clock() + PERIOD)
    expect(await leases.claim('tidy', PERIOD)).toEqual({ held: false, lookAt: timers.clock() + PERIOD })
  })
})
