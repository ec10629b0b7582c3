import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/setup/engines.ts'
import { HOUR } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { migrate } from '../storage/migrate.ts'
import { openDialect } from '../storage/open.ts'
import type { Trx } from '../storage/schema.ts'
import { createPgBossQueue } from './pg-boss-queue.ts'
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
  const queue = await createPgBossQueue(dialect, {
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

it('pg-boss queue: is installed once by nodes that start together on an empty database', async () => {
  const [a, b, c] = await Promise.all([start(), start(), start()])
  await enqueue(a, 'x')
  expect(await b.queue.claim('fan-out', 1)).toMatchObject([{ ref: 'x' }])
  expect(await c.queue.claim('fan-out', 1)).toEqual([])
})

it('pg-boss queue: leaves the tasks of a running node, and takes back those of one that has ended', async () => {
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
    const tasks = [await b.queue.claimSuspect('fan-out'), await b.queue.claimSuspect('fan-out')].filter((task) => task !== null)
    expect(tasks.map(({ ref, attempt }) => `${ref} ${attempt}`).sort()).toEqual(['x 2', 'y 2'])
  })
  await takeover
})

it('pg-boss queue: wakes the other nodes', async () => {
  const a = await start()
  const b = await start()
  const seen: string[] = []
  b.queue.onWork('fan-out', () => void b.queue.claim('fan-out', 10).then((tasks) => seen.push(...tasks.map(({ ref }) => ref))))
  for (const ref of ['one', 'two', 'three']) {
    await enqueue(a, ref)
    await vi.waitFor(() => expect(seen).toContain(ref), { timeout: 10_000, interval: 5 })
  }
})

it('pg-boss queue: keeps failed tasks with the reason', async () => {
  const { queue, dialect } = await start()
  await enqueue({ queue, dialect }, 'x')
  const [task] = await queue.claim('fan-out', 1)
  await dialect.db.transaction().execute((trx) => queue.fail(trx, task!, 'the event is gone'))
  const { PgBoss, fromKysely } = await import('pg-boss')
  const boss = new PgBoss({ db: fromKysely(dialect.db), supervise: false, schedule: false })
  await boss.start()
  expect(await boss.getJobById('fan-out', task!.id)).toMatchObject({ state: 'failed', data: { ref: 'x' }, output: { message: 'the event is gone' } })
  await boss.stop({ graceful: false })
})
