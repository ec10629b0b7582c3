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
async function start(sizes: EventKeySizes) {
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
  const take = (rows: EventKeyRow[]) => inTurn(() => keys.take(store.dialect.db as never, rows, 0, Promise.resolve(new Set())))
  const merge = async () => {
    let steps = 1
    while (await keys.merge()) steps++
    return steps
  }
  const count = (table: string) => Number(raw.prepare(`select count(*) as count from ${table}`).get()?.['count'])
  return { keys, seen, take, merge, count }
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
