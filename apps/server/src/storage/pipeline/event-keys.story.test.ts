import fc from 'fast-check'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, engines, type TestDatabase } from '../../../test/setup/engines.ts'
import type { KeyClaim, Reported, Stored } from '../../domain/report.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { DAY, HOUR, MINUTE, type Millis } from '../../domain/time.ts'
import { audit } from '../audit.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { openPostgres } from '../dialects/postgres.ts'
import { postgresEventKeys } from '../dialects/postgres-event-keys.ts'
import { openSqlite } from '../dialects/sqlite.ts'
import type { EventKeySizes } from '../dialects/sqlite-event-keys.ts'
import { inTransaction } from '../in-transaction.ts'
import { migrate } from '../migrate.ts'
import { sqliteFile } from '../open.ts'
import type { Trx } from '../schema.ts'
import { inOppositeOrders } from '../testing/opposite-orders.ts'
import { claimKeys } from './event-keys.ts'
import { createIdempotencyStore } from './idempotency.ts'

/** Keys that begin alike, and keys that do not. */
const keyOf = (n: number): string => Buffer.from([0, 0, 0, 0, 0, n % 4, 255, 255, 255, 255, 255, n >> 2]).toString('base64url')
const ids = (count: number) => Array.from({ length: count }, (_, n) => n)
class Undone extends Error {}

let answers = 0
const report = (key: number | null, hash = 'a', at: Millis = NOON, user?: string): Reported => ({
  events: [],
  answer: JSON.stringify({ id: `evt_${answers++}` }),
  idempotency: key === null ? undefined : { key: keyOf(key), hash, ...(user !== undefined && { user }) },
  at,
})
const kinds = (results: readonly Stored[]): string[] =>
  results.map((result) => (result.kind === 'replayed' ? result.answer : result.kind === 'refused' ? Reflect.get(result.error, 'code') : 'stored'))

describe.each(engines)('keys of events (%s)', (engine) => {
  let database: TestDatabase
  let opened: Dialect[]
  beforeEach(async () => {
    database = await createTestDatabase(engine)
    opened = []
  })
  afterEach(async () => {
    for (const dialect of opened) await dialect.close()
    await database.remove()
  })

  /** Another process on the same database. On SQLite the one before is dead: what it had in memory is lost. */
  async function open(keySizes?: Partial<EventKeySizes>): Promise<Dialect> {
    const dialect = engine === 'sqlite' ? await openSqlite(sqliteFile(database.url), { keySizes }) : await openPostgres(database.url, { max: 4 })
    opened.push(dialect)
    await migrate(dialect)
    await dialect.eventKeys.load()
    return dialect
  }

  const claim = (dialect: Dialect, ...group: Reported[]) => inTransaction(dialect, async (trx) => claimKeys(dialect, await dialect.pipelined(trx), group))
  const undone = (dialect: Dialect, ...group: Reported[]) =>
    inTransaction(dialect, async (trx) => {
      await claimKeys(dialect, trx, group)
      throw new Undone()
    }).catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error
    })

  it('are bound to their request within a group, after it and in parallel', async () => {
    const dialect = await open()
    const first = report(1)
    expect(kinds(await claim(dialect, first, report(1), report(1, 'b'), report(null), report(2)))).toEqual([
      'stored',
      first.answer,
      'idempotency_mismatch',
      'stored',
      'stored',
    ])
    expect(kinds(await claim(dialect, report(1), report(1, 'b')))).toEqual([first.answer, 'idempotency_mismatch'])
    const nodes = engine === 'sqlite' ? [dialect] : [dialect, await open()]
    const answers = await Promise.all(ids(20).map((n) => claim(nodes[n % nodes.length]!, ...[7, 3, 5].map((key) => report(key)))))
    for (const at of [0, 1, 2]) expect(answers.filter((all) => all[at]!.kind === 'stored')).toHaveLength(1)
    expect(new Set(answers.flatMap((all) => all.map((one) => one.kind)))).toEqual(new Set(['stored', 'replayed']))
  })

  it('are claimed in one order: two groups that want the same keys in opposite orders do not each wait for the other', async () => {
    const dialect = await open()
    const group = (keys: number[]) => () => claim(dialect, ...keys.map((key) => report(key)))
    const hold = (trx: Trx) => claimKeys(dialect, trx, [report(5)])
    const answers = await inOppositeOrders(dialect, hold, group([1, 5, 9]), group([9, 5, 1]))
    expect(answers.map((all) => all.filter(({ kind }) => kind === 'stored').length).sort()).toEqual([0, 2])
  })

  it('are free again when their transaction is rolled back, also one that takes over an expired key', async () => {
    const dialect = await open()
    await undone(dialect, report(1))
    const first = report(1)
    expect(kinds(await claim(dialect, first))).toEqual(['stored'])
    await undone(dialect, report(1, 'a', NOON + DAY + 1))
    expect(kinds(await claim(dialect, report(1, 'a', NOON + DAY)))).toEqual([first.answer])
    expect(kinds(await claim(dialect, report(1, 'b', NOON + DAY + 1)))).toEqual(['stored'])
  })

  it('are not those of another route', async () => {
    const dialect = await open()
    const others = createIdempotencyStore(dialect, () => NOON)
    await claim(dialect, report(1))
    expect(await others.claim({ key: keyOf(1), hash: 'a' }, null)).toEqual({ kind: 'mismatch' })
    expect(await others.claim({ key: keyOf(2), hash: 'a' }, null)).toEqual({ kind: 'first' })
    expect(kinds(await claim(dialect, report(2), report(3), report(2)))).toEqual(['idempotency_running', 'stored', 'idempotency_running'])
    await others.answer(keyOf(2), 200, '')
    expect(kinds(await claim(dialect, report(2)))).toEqual(['idempotency_mismatch'])
    // Nothing was left of the refused ones.
    await dialect.db.deleteFrom('idempotency_keys').where('key', '=', keyOf(2)).execute()
    expect(kinds(await claim(dialect, report(2)))).toEqual(['stored'])
  })

  it('are free when the process of another route died with them', async () => {
    const dialect = await open()
    await createIdempotencyStore(dialect, () => NOON).claim({ key: keyOf(1), hash: 'other' }, null)
    expect(kinds(await claim(dialect, report(1, 'a', NOON + MINUTE)))).toEqual(['idempotency_running'])
    expect(kinds(await claim(dialect, report(1, 'a', NOON + MINUTE + 1)))).toEqual(['stored'])
  })

  it('are free for whoever gets the id of a user who was deleted since, and only theirs', async () => {
    const dialect = await open()
    const [ada, ben] = [report(1, 'a', NOON, 'ada'), report(2, 'a', NOON, 'ben')]
    await claim(dialect, ada, ben)
    expect(kinds(await claim(dialect, report(1, 'a', NOON, 'ada')))).toEqual([ada.answer])
    await inTransaction(dialect, (trx) => audit(trx, { actor: 'root', action: 'user.deleted', target: 'ada', at: NOON + 5 }))
    const again = report(1, 'b', NOON + 9, 'ada')
    expect(kinds(await claim(dialect, again, report(2, 'a', NOON + 9, 'ben'), report(1, 'b', NOON + 9, 'ada')))).toEqual(['stored', ben.answer, again.answer])
    expect(kinds(await claim(dialect, report(1, 'b', NOON + 10, 'ada'), report(1, 'a', NOON + 10, 'ada')))).toEqual([again.answer, 'idempotency_mismatch'])
  })

  it('of reports with different times in one group expire by the latest', async () => {
    const dialect = await open()
    await claim(dialect, report(1))
    expect(kinds(await claim(dialect, report(1, 'b', NOON + DAY), report(null, 'a', NOON + DAY + 1)))).toEqual(['stored', 'stored'])
  })

  it('are all looked at by pruning in several steps', async () => {
    const dialect = await open({ pruned: 50 })
    const count = 1000
    const rows = ids(count).map((n) => ({ high: n, low: n, hash: 'h', body: 'b'.repeat(40), at: NOON }))
    await inTransaction(dialect, async (trx) => dialect.eventKeys.take(await dialect.pipelined(trx), rows, 0, Promise.resolve(new Set())))
    const keys = engine === 'sqlite' ? dialect.eventKeys : postgresEventKeys(dialect.db, 3)
    let steps = 0
    for (; await keys.prune(NOON + 1); steps++) expect(steps).toBeLessThan(count)
    expect(steps).toBeGreaterThan(3)
    expect(await dialect.db.selectFrom('event_keys').select('at').execute()).toEqual([])
  })

  it('are removed when they expire, and no others', async () => {
    const dialect = await open({ full: 1, step: 100 })
    await claim(dialect, ...ids(20).map((key) => report(key)))
    await claim(dialect, ...ids(10).map((n) => report(20 + n, 'a', NOON + HOUR)))
    while (await dialect.eventKeys.merge());
    const prune = async (expired: Millis) => {
      let steps = 0
      for (; await dialect.eventKeys.prune(expired); steps++) expect(steps).toBeLessThan(10)
      const { rows } = await sql<{ at: Millis }>`select at from event_keys`.execute(dialect.db)
      return rows.length
    }
    expect(await prune(NOON)).toBe(30)
    expect(await prune(NOON + 1)).toBe(10)
    expect(await indexed(dialect)).toBe(10)
    expect(await prune(NOON + HOUR + 1)).toBe(0)
    expect(await indexed(dialect)).toBe(0)
    // Numbers of rows are not given again while the index may hold them.
    await claim(dialect, report(40))
    expect(kinds(await claim(await open(), report(40), report(1)))).toEqual([expect.stringContaining('evt_'), 'stored'])
  })

  /** Entries of the index; PostgreSQL removes them by itself. */
  const indexed = async ({ db }: Dialect) =>
    engine === 'sqlite'
      ? (await db.selectFrom('event_key_index').selectAll().execute()).length
      : (await db.selectFrom('event_keys').select('at').execute()).length

  it('answer as a plain list does, whatever happens between', async () => {
    const key = fc.option(fc.nat(11), { freq: 8 })
    const group = fc.array(fc.record({ key, hash: fc.constantFrom('a', 'b') }), { minLength: 1, maxLength: 5 })
    const act = fc.oneof(
      { weight: 6, arbitrary: group.map((of) => ({ do: 'claim' as const, of })) },
      { weight: 2, arbitrary: group.map((of) => ({ do: 'undo' as const, of })) },
      { weight: 1, arbitrary: fc.nat(11).map((n) => ({ do: 'other' as const, n })) },
      { weight: 4, arbitrary: fc.constant({ do: 'merge' as const }) },
      { weight: 2, arbitrary: fc.constant({ do: 'prune' as const }) },
      { weight: 2, arbitrary: fc.constant({ do: 'restart' as const }) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 14 }).map((hours) => ({ do: 'pass' as const, hours })) },
    )
    const some = (max: number) => fc.integer({ min: 1, max })
    const sizes = fc.record({ full: some(3), step: some(2), pruned: some(3), bytes: some(100) })
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(act, { minLength: 5, maxLength: 40 }), async (keySizes, acts) => {
        let dialect = await open(keySizes)
        let now = NOON
        const model = createModel()
        for (const one of acts)
          if (one.do === 'claim') {
            const reports = one.of.map(({ key, hash }) => report(key, hash, now))
            expect(kinds(await claim(dialect, ...reports))).toEqual(model.claim(reports))
          } else if (one.do === 'undo') await undone(dialect, ...one.of.map(({ key, hash }) => report(key, hash, now)))
          else if (one.do === 'other')
            expect(await createIdempotencyStore(dialect, () => now).claim({ key: keyOf(one.n), hash: 'other' }, null)).toEqual(model.other(keyOf(one.n), now))
          else if (one.do === 'merge') await dialect.eventKeys.merge()
          else if (one.do === 'prune') await dialect.eventKeys.prune(now - DAY)
          else if (one.do === 'pass') now += one.hours * HOUR
          else if (opened.length < 4 || engine === 'sqlite') dialect = await open(keySizes)
        for (const dialect of opened.splice(0)) await dialect.close()
        const last = await open()
        for (const table of ['event_keys', 'idempotency_keys', ...(engine === 'sqlite' ? ['event_key_index'] : [])])
          await sql`delete from ${sql.table(table)}`.execute(last.db)
        if (engine === 'sqlite') await sql`update counters set value = 0 where name = 'event_keys'`.execute(last.db)
        for (const dialect of opened.splice(0)) await dialect.close()
      }),
      // Each opens several connections of PostgreSQL.
      { numRuns: engine === 'sqlite' ? 60 : 12 },
    )
  })
})

/** Keys as a plain list. */
function createModel() {
  const events = new Map<string, { hash: string; answer: string; at: Millis }>()
  const others = new Map<string, Millis>()
  const isLive = (at: Millis | undefined, now: Millis) => at !== undefined && at >= now - DAY
  return {
    claim: (reports: readonly Reported[]): string[] =>
      reports.map(({ idempotency, answer, at }) => {
        if (idempotency === undefined) return 'stored'
        const { key, hash } = idempotency
        // The request of the other route never ends: it is given up after a minute.
        if (others.get(key) === at) return 'idempotency_running'
        const known = events.get(key)
        if (known !== undefined && isLive(known.at, at)) return known.hash === hash ? known.answer : 'idempotency_mismatch'
        events.set(key, { hash, answer, at })
        return 'stored'
      }),
    other(key: string, now: Millis): KeyClaim {
      if (isLive(events.get(key)?.at, now)) return { kind: 'mismatch' }
      const since = others.get(key)
      // The first one never ends: it is given up after a minute.
      if (since !== undefined && since === now) return { kind: 'running' }
      others.set(key, now)
      return { kind: 'first' }
    },
  }
}
