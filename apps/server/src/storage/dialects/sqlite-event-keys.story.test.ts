import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { sqliteFile } from '../open.ts'
import type { EventKeyRow, EventKeys } from './event-keys.ts'
import { type EventKeySizes, sqliteEventKeys } from './sqlite-event-keys.ts'

let store: TestStore
let raws: DatabaseSync[]
beforeEach(async () => {
  store = await openTestStore('sqlite')
  raws = []
})
afterEach(async () => {
  for (const raw of raws) raw.close()
  await store.close()
})

/** A process of its own on the file, which counts its statements and can be killed before one of its commits. */
async function start(sizes: Partial<EventKeySizes>) {
  const raw = new DatabaseSync(sqliteFile(store.url))
  raws.push(raw)
  const seen = { statements: 0, killed: false }
  const keys: EventKeys = sqliteEventKeys(
    {
      ask(statement, ...values) {
        seen.statements++
        return raw.prepare(statement).all(...values) as never[]
      },
      isOpen: () => raw.isTransaction,
      inTurn: (run) => inTurn(async () => run()),
    },
    sizes,
  )
  async function inTurn<T>(run: () => Promise<T>): Promise<T> {
    raw.exec('begin immediate')
    try {
      const result = await run()
      if (seen.killed) throw new Error('killed')
      raw.exec('commit')
      return result
    } catch (error) {
      raw.exec('rollback')
      throw error
    }
  }
  await keys.load()
  const take = (rows: EventKeyRow[], expired = 0) => inTurn(() => keys.take(store.dialect.db as never, rows, expired, Promise.resolve(new Set())))
  const undo = async (rows: EventKeyRow[], expired = 0) => {
    seen.killed = true
    await expect(take(rows, expired)).rejects.toThrow('killed')
    seen.killed = false
  }
  const merge = async () => {
    let steps = 1
    while (await keys.merge()) steps++
    return steps
  }
  const count = (table: string) => Number(raw.prepare(`select count(*) as count from ${table}`).get()?.['count'])
  return { keys, seen, take, undo, merge, count }
}

const rowsOf = (count: number, from = 0): EventKeyRow[] =>
  Array.from({ length: count }, (_, n) => ({ high: ((from + n) * 7919) % 10_007, low: from + n, hash: 'h', body: `b${from + n}`, at: 1 }))

it('loses and doubles no key when a merge is killed between its steps or in one', async () => {
  const sizes = { full: 10, step: 3 }
  const rows = rowsOf(12)
  const first = await start(sizes)
  await first.take(rows)
  await first.keys.merge()
  await first.keys.merge()
  const second = await start(sizes)
  expect((await second.take(rows)).map(({ body }) => body)).toEqual(rows.map(({ body }) => body))
  await second.keys.merge()
  second.seen.killed = true
  await expect(second.keys.merge()).rejects.toThrow('killed')
  const third = await start(sizes)
  expect(await third.take(rows)).toHaveLength(12)
  await third.take(rowsOf(5, 12))
  expect(await third.merge()).toBe(6)
  expect([third.count('event_keys'), third.count('event_key_index')]).toEqual([17, 17])
  // All are found by the index alone: none is after the mark.
  const fourth = await start(sizes)
  expect(await fourth.keys.merge()).toBe(false)
  expect(await fourth.take([...rows, ...rowsOf(5, 12)])).toHaveLength(17)
  expect(fourth.count('event_keys')).toBe(17)
})

it('goes on with a merge after a step that failed', async () => {
  const hub = await start({ full: 10, step: 3 })
  await hub.take(rowsOf(10))
  await hub.keys.merge()
  hub.seen.killed = true
  await expect(hub.keys.merge()).rejects.toThrow('killed')
  hub.seen.killed = false
  await hub.take(rowsOf(2, 10))
  expect(await hub.merge()).toBe(3)
  expect(hub.count('event_key_index')).toBe(10)
  expect(await hub.take(rowsOf(12))).toHaveLength(12)
})

it('takes as many steps as there are keys, and a key as many statements whatever is known', async () => {
  const stepsOf = async (count: number, from: number) => {
    const hub = await start({ full: count, step: 10 })
    await hub.take(rowsOf(count, from))
    return hub.merge()
  }
  expect([await stepsOf(100, 0), await stepsOf(200, 100)]).toEqual([10, 20])
  const hub = await start({ full: 100, step: 10 })
  const before = hub.seen.statements
  await hub.take(rowsOf(10, 300))
  expect(hub.seen.statements - before).toBe(20)
})

it('holds a bounded number of keys in memory: further ones go into the index, and so do all of a restored file', async () => {
  const hub = await start({ full: 5, step: 5 })
  await hub.take(rowsOf(20))
  expect(hub.count('event_key_index')).toBe(5)
  const next = await start({ full: 5, step: 5 })
  expect(next.count('event_key_index')).toBe(20)
  expect(await next.keys.merge()).toBe(false)
  expect(await next.take(rowsOf(20))).toHaveLength(20)
})

it('gives no number of a row again', async () => {
  const hub = await start({ full: 2, step: 5 })
  await hub.take(rowsOf(4))
  await hub.merge()
  while (await hub.keys.prune(2));
  expect([hub.count('event_keys'), hub.count('event_key_index')]).toEqual([0, 0])
  const next = await start({ full: 2, step: 5 })
  await next.take(rowsOf(3, 4))
  const last = await start({ full: 2, step: 5 })
  expect(await last.take(rowsOf(7))).toHaveLength(3)
})

it('asks for a key as often whatever was rolled back', async () => {
  const hub = await start({ full: 50, step: 10 })
  for (let n = 0; n < 100; n++) await hub.undo(rowsOf(1))
  // Numbers of rows that are gone fill no memory.
  expect(await hub.keys.merge()).toBe(false)
  const before = hub.seen.statements
  expect(await hub.take(rowsOf(1))).toEqual([])
  // The index, the last number that leads nowhere, and the new row.
  expect(hub.seen.statements - before).toBe(3)
})

it('finds a key again whose takeover was rolled back, also when another that begins alike was looked for meanwhile', async () => {
  const hub = await start({ full: 50, step: 10 })
  const [one, other] = [1, 2].map((low) => ({ high: 1, low, hash: 'h', body: `b${low}`, at: 1 }))
  await hub.take([one!])
  // The key is expired, so it is taken over; then the other one passes its row, which is gone in this transaction.
  await hub.undo([one!, other!], 2)
  expect((await hub.take([one!])).map(({ body }) => body)).toEqual(['b1'])
})

it('moves keys that begin alike in as many steps as others', async () => {
  const hub = await start({ full: 20, step: 5 })
  await hub.take(Array.from({ length: 20 }, (_, low) => ({ high: 1, low, hash: 'h', body: `b${low}`, at: 1 })))
  const before = hub.seen.statements
  await hub.keys.merge()
  expect(hub.seen.statements - before).toBe(5)
  expect(await hub.merge()).toBe(3)
  expect(hub.count('event_key_index')).toBe(20)
})

/** Prunes to the end, and returns how many rows were left after each step. */
async function pruned(hub: Awaited<ReturnType<typeof start>>, expired: number): Promise<number[]> {
  const left: number[] = []
  for (let more = true; more; left.push(hub.count('event_keys'))) {
    more = await hub.keys.prune(expired)
    expect(left.length).toBeLessThan(100)
  }
  return left
}

it('removes expired rows behind more rows with a time in the future than one step looks at, and what leads to them', async () => {
  const hub = await start({ full: 1, step: 100, pruned: 3 })
  await hub.take(rowsOf(10).map((row) => ({ ...row, at: 9 })))
  await hub.take(rowsOf(10, 10))
  await hub.merge()
  expect((await pruned(hub, 5)).at(-1)).toBe(10)
  expect(hub.count('event_key_index')).toBe(10)
  expect(await hub.take(rowsOf(20))).toHaveLength(10)
  // It begins again.
  await pruned(hub, 10)
  expect([hub.count('event_keys'), hub.count('event_key_index')]).toEqual([0, 0])
})

it('walks through all of an index that is larger than one step', async () => {
  const hub = await start({ full: 1, step: 100, pruned: 3 })
  await hub.take(rowsOf(20))
  await hub.take(rowsOf(5, 20).map((row) => ({ ...row, at: 9 })))
  await hub.merge()
  await pruned(hub, 5)
  expect([hub.count('event_keys'), hub.count('event_key_index')]).toEqual([5, 5])
  expect(await hub.take(rowsOf(25))).toHaveLength(5)
})

it('removes few rows in one step when their answers are long', async () => {
  const hub = await start({ full: 100, pruned: 100, bytes: 1000 })
  const long = (count: number, length: number, from: number) => rowsOf(count, from).map((row) => ({ ...row, body: 'x'.repeat(length) }))
  await hub.take([...long(6, 400, 0), ...long(1, 5000, 6), ...long(30, 20, 7)])
  expect((await pruned(hub, 5)).slice(0, 5)).toEqual([35, 33, 31, 30, 0])
})
