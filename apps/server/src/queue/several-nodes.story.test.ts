import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/setup/engines.ts'
import { HOUR } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { migrate } from '../storage/migrate.ts'
import { openDialect } from '../storage/open.ts'
import type { Trx } from '../storage/schema.ts'
import { openQueue } from './open.ts'
import type { Queue } from './queue.ts'
import { plainKind } from './testing/rig.ts'

interface Node {
  queue: Queue<Trx>
  dialect: Dialect
}

let database: TestDatabase
let nodes: Node[] = []
beforeEach(async () => {
  database = await createTestDatabase('postgres', { empty: true })
})
afterEach(async () => {
  for (const node of nodes) await end(node)
  nodes = []
  await database.remove()
})

async function start(): Promise<Node> {
  const dialect = await openDialect(database.url)
  await migrate(dialect)
  const queue = openQueue(dialect, {
    kinds: { 'fan-out': plainKind(() => null) },
    clock: Date.now,
    leaseMs: HOUR,
    fallbackMs: HOUR,
  })
  await queue.start()
  const node = { queue, dialect }
  nodes.push(node)
  return node
}

async function end({ queue, dialect }: Node): Promise<void> {
  await queue.stop()
  await dialect.close()
}

const enqueue = ({ queue, dialect }: Node, ...refs: string[]) =>
  dialect.db.transaction().execute((trx) =>
    queue.enqueue(
      trx,
      refs.map((ref) => ({ name: 'fan-out', ref })),
    ),
  )

it('several nodes: start together on an empty database', async () => {
  const [a, b, c] = await Promise.all([start(), start(), start()])
  await enqueue(a, 'x')
  expect(await b.queue.claim('fan-out', 1)).toMatchObject([{ ref: 'x' }])
  expect(await c.queue.claim('fan-out', 1)).toEqual([])
})

it('several nodes: leaves the tasks of a running node, and takes back those of one that has ended', async () => {
  const a = await start()
  const b = await start()
  await enqueue(a, 'x', 'y')
  expect(await a.queue.claim('fan-out', 2)).toHaveLength(2)
  await b.queue.sweep()
  expect(await b.queue.claim('fan-out', 2)).toEqual([])
  nodes = [b]
  await end(a)
  const takeover = vi.waitFor(async () => {
    await b.queue.sweep()
    const tasks = [await b.queue.claimSuspect('fan-out', true), await b.queue.claimSuspect('fan-out', true)].filter((task) => task !== null)
    expect(tasks.map(({ ref, attempt }) => `${ref} ${attempt}`).sort()).toEqual(['x 2', 'y 2'])
  })
  await takeover
})

it('several nodes: wakes the other nodes', async () => {
  const a = await start()
  const b = await start()
  const seen: string[] = []
  b.queue.onWork('fan-out', () => void b.queue.claim('fan-out', 10).then((tasks) => seen.push(...tasks.map(({ ref }) => ref))))
  for (const ref of ['one', 'two', 'three']) {
    await enqueue(a, ref)
    await vi.waitFor(() => expect(seen).toContain(ref), { timeout: 10_000, interval: 5 })
  }
})

it('several nodes: keep failed tasks with the reason, and hand them out no more', async () => {
  const { queue, dialect } = await start()
  await enqueue({ queue, dialect }, 'x')
  const [task] = await queue.claim('fan-out', 1)
  await dialect.db.transaction().execute((trx) => queue.fail(trx, task!, 'the event is gone'))
  expect(await dialect.db.selectFrom('work').select(['ref', 'quarantined', 'owner']).execute()).toEqual([
    { ref: 'x', quarantined: 'the event is gone', owner: null },
  ])
  expect(await queue.claim('fan-out', 1)).toEqual([])
})

it('several nodes: change nothing of a task that another has taken over', async () => {
  const a = await start()
  const b = await start()
  await enqueue(a, 'x')
  const [lost] = await a.queue.claim('fan-out', 1)
  // Its lease is over, and it does not know.
  await a.dialect.db.updateTable('work').set({ leased_until: 0 }).execute()
  await b.queue.sweep()
  const mine = await b.queue.claimSuspect('fan-out', true)
  expect(mine).toMatchObject({ ref: 'x', attempt: 2 })
  const same = { ...lost!, attempt: 2 }
  await a.queue.heartbeat([lost!, same])
  await a.queue.release([lost!, same])
  await a.dialect.db.transaction().execute(async (trx) => {
    await a.queue.complete(trx, [lost!, same])
    await a.queue.fail(trx, same, 'late')
  })
  expect(await a.dialect.db.selectFrom('work').select(['attempts', 'crashes', 'quarantined']).executeTakeFirst()).toEqual({
    attempts: 2,
    crashes: 1,
    quarantined: null,
  })
  await b.dialect.db.transaction().execute((trx) => b.queue.complete(trx, [mine!]))
  expect(await b.queue.depth('fan-out')).toBe(0)
})
