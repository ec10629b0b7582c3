import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { taskKinds } from '../../src/app/task-kinds.ts'
import { taskPort } from '../../src/app/task-port.ts'
import { newId } from '../../src/domain/id.ts'
import { MAX_CRASHES, type NewTask, type TaskKinds } from '../../src/domain/task.ts'
import { anEvent } from '../../src/domain/testing/samples.ts'
import { HOUR } from '../../src/domain/time.ts'
import { createSuspectTurn } from '../../src/flow/suspects.ts'
import type { TaskPort, TaskWork } from '../../src/flow/task-loop.ts'
import { createTaskLoops, type TaskLoops } from '../../src/flow/task-loops.ts'
import { createLog } from '../../src/log.ts'
import { openQueue } from '../../src/queue/open.ts'
import type { Queue } from '../../src/queue/queue.ts'
import type { Dialect } from '../../src/storage/dialects/dialect.ts'
import { inTransaction } from '../../src/storage/in-transaction.ts'
import { openDialect } from '../../src/storage/open.ts'
import { insertEvents } from '../../src/storage/pipeline/event-store.ts'
import type { Trx } from '../../src/storage/schema.ts'
import { startTestHub } from '../../src/testing.ts'
import { engines, openTestStore, type TestStore } from '../setup/engines.ts'
import { until } from './world.ts'

const never = new Promise<never>(() => {})

const note = (trx: Trx, key: string, value: string) => trx.insertInto('settings').values({ key, value }).execute()

/** The hub's kinds and one more, which records how its tasks end. */
const kindsOf = (dialect: Dialect): TaskKinds<Trx> => ({
  ...taskKinds(dialect),
  mend: {
    retryAt: ({ attempt }, now) => (attempt < 3 ? now : null),
    givenUp: async (trx, { ref, error }) => void (await note(trx, `given up: ${ref}`, error)),
    quarantined: async (trx, { ref, error }) => void (await note(trx, `quarantined: ${ref}`, error)),
  },
})

interface Node {
  queue: Queue<Trx>
  dialect: Dialect
  tasks: TaskPort
  loops: TaskLoops
  lines: string[]
}

describe.each(engines)('a kind of task beside fan-out, on %s', (engine) => {
  let store: TestStore
  let node: Node
  /** How the work on a task ends, by its ref. */
  let does: (ref: string) => 'done' | 'throws' | 'hangs'
  let tries: string[]
  beforeEach(async () => {
    store = await openTestStore(engine)
    does = () => 'done'
    tries = []
    node = await start()
  })
  afterEach(async () => {
    await node.loops.stop()
    await kill()
    await store.close()
  })

  /** Works on the new kind only: no events are planned. */
  async function start(): Promise<Node> {
    const dialect = await openDialect(store.url)
    const queue = openQueue(dialect, { kinds: kindsOf(dialect), clock: Date.now, leaseMs: HOUR, fallbackMs: 20 })
    await queue.start()
    const lines: string[] = []
    const tasks = taskPort({ dialect, queue, log: createLog('info', { write: (line) => void lines.push(line) }) })
    const mend: TaskWork = {
      inHand: 10,
      together: 1,
      async begin([task]) {
        tries.push(`${task!.ref} ${task!.attempt}`)
        const what = does(task!.ref)
        if (what === 'hangs') await never
        if (what === 'throws') throw new Error('it does not fit')
        await dialect.db.transaction().execute(async (trx) => {
          await note(trx, `done: ${task!.ref}`, '')
          await queue.complete(trx, [task!])
        })
        return []
      },
      step: async () => false,
      forget: async () => {},
    }
    const loops: TaskLoops = createTaskLoops({ mend }, { tasks, suspects: createSuspectTurn((kind) => loops.wake(kind)), failed: () => {} })
    loops.start()
    return { dialect, queue, tasks, loops, lines }
  }
  /** As `kill -9` would: nothing is released. */
  async function kill(): Promise<void> {
    await node.queue.stop()
    await node.dialect.close()
  }

  const enqueue = (...tasks: NewTask[]) => node.dialect.db.transaction().execute((trx) => node.queue.enqueue(trx, tasks))
  const notes = async () =>
    (await node.dialect.db.selectFrom('settings').select('key').where('key', 'like', '%: %').orderBy('key').execute()).map(({ key }) => key)
  const noted = (...keys: string[]) => vi.waitFor(async () => expect(await notes()).toEqual(keys), { timeout: 10_000 })
  async function anAcceptedEvent(): Promise<string> {
    const event = anEvent({ id: newId('evt') })
    await inTransaction(node.dialect, (trx) => insertEvents(node.dialect, trx, node.queue.enqueue, [event]))
    return event.id
  }
  async function stateOf(id: string): Promise<string> {
    const { db, bytesOf } = node.dialect
    const row = await db.selectFrom('events').select('state').where('id', '=', bytesOf('evt', id)).executeTakeFirstOrThrow()
    return row.state
  }

  it('is worked on, and complete together with its effects', async () => {
    await enqueue({ name: 'mend', ref: 'a' }, { name: 'mend', ref: 'b' })
    await noted('done: a', 'done: b')
    expect(await node.queue.depth('mend')).toBe(0)
  })

  it('is tried again at its own times, then given up by its own handler; no event is touched, even one of the same name', async () => {
    does = () => 'throws'
    const id = await anAcceptedEvent()
    await enqueue({ name: 'mend', ref: id })
    await noted(`given up: ${id}`)
    expect(tries).toEqual([1, 2, 3].map((attempt) => `${id} ${attempt}`))
    expect([await stateOf(id), await node.queue.depth('fan-out'), await node.queue.depth('mend')]).toEqual(['accepted', 1, 0])
  })

  it(`is quarantined by its own handler after ${MAX_CRASHES} crashes, and another of its kind is worked on; no event is touched`, async () => {
    const id = await anAcceptedEvent()
    does = (ref) => (ref === id ? 'hangs' : 'done')
    await enqueue({ name: 'mend', ref: id })
    for (let crash = 1; crash <= MAX_CRASHES; crash++) {
      await until(async () => {
        // PostgreSQL may notice a moment late that a session has ended.
        await node.tasks.sweep()
        return tries.length === crash
      }, `attempt ${crash}`)
      await kill()
      node = await start()
    }
    await until(async () => {
      await node.tasks.sweep()
      return (await notes()).length > 0
    }, 'the quarantine')
    expect(await notes()).toEqual([`quarantined: ${id}`])
    expect([await stateOf(id), await node.queue.depth('fan-out'), await node.queue.depth('mend')]).toEqual(['accepted', 1, 0])
    expect(node.lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'error', task: 'mend', ref: id, msg: expect.stringContaining('quarantined') }])
    await enqueue({ name: 'mend', ref: 'fine' })
    await noted('done: fine', `quarantined: ${id}`)
  })
})

it.each(engines)('a task of a kind that this version does not know waits for one that does, and is shown, on %s', async (engine) => {
  const store = await openTestStore(engine)
  const kinds = kindsOf(store.dialect)
  const newer = { ...kinds, 'new-kind': kinds['mend']! }
  const open = async () => {
    const queue = openQueue(store.dialect, { kinds: newer, clock: Date.now, leaseMs: HOUR })
    await queue.start()
    return queue
  }
  const before = await open()
  await store.dialect.db.transaction().execute((trx) => before.enqueue(trx, [{ name: 'new-kind', ref: 'a' }]))
  await before.stop()

  const lines: string[] = []
  const hub = await startTestHub({ databaseUrl: store.url, log: (line) => lines.push(line) })
  const logged = () => lines.filter((line) => line.includes('unknown kind')).map((line) => JSON.parse(line))
  await until(() => logged().length > 0, 'the log line')
  expect(logged()).toMatchObject([{ level: 'warn', kind: 'new-kind', tasks: 1 }])
  expect(await hub.client().health.metrics()).toContain('carillon_queue_depth{queue="new-kind",state="unknown"} 1\n')
  await hub.client().events.notify({ to: ['ana'], title: 'Hello', body: '' })
  await hub.settle()
  await hub.stop()

  const after = await open()
  expect(await after.claim('new-kind', 10)).toMatchObject([{ ref: 'a', attempt: 1 }])
  await after.stop()
  await store.close()
})
