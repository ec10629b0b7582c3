import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import type { NewTask } from '../../domain/task.ts'
import { codeOf, stateLit } from '../delivery-states.ts'
import type { Engine } from '../dialects/dialect.ts'
import { inSnapshot } from '../dialects/snapshot.ts'
import { inTransaction } from '../in-transaction.ts'
import { BEFORE_RELEASE } from '../migrations/index.ts'
import { idOf } from '../testing/rows.ts'
import { BrokenBackup, FORMAT, type Head } from './format.ts'
import { filledTables, insertBackup } from './insert.ts'
import { checkBackup, readBatches, readHead } from './read-file.ts'
import { columnsByTable, snapshotRows } from './snapshot.ts'
import { KEPT_TABLES, LEFT_OUT } from './tables.ts'
import { taskBatch } from './tasks.ts'
import { writeBackup } from './write-file.ts'

const head: Head = { carillon: 'backup', format: FORMAT, version: '9.9.9', engine: 'sqlite', takenAt: 1, migrations: [], keyCheck: null }
/** Signs that split a line, end a text or need an escape somewhere. */
const HARD = ['', 'a\u2028b\u2029c', 'line\r\nline\n', '"quoted" \\ {"json":[1]}', '🔔 e\u0301 \ufeff', "it's -- ; drop"]

let folder: string
let stores: TestStore[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-backup-'))
  stores = []
})
afterEach(async () => {
  for (const { close } of stores) await close()
  await rm(folder, { recursive: true, force: true })
})

async function open(engine: Engine): Promise<TestStore> {
  const store = await openTestStore(engine)
  stores.push(store)
  return store
}

/** More rows than one batch in every table, each of its own. Columns that refer to another table hold the keys of rows there, because all texts are alike. */
async function fillAll({ dialect }: TestStore, count = 205): Promise<void> {
  const columns = await columnsByTable(dialect.db)
  await inTransaction(dialect, async (trx) => {
    for (const { table, key } of KEPT_TABLES) {
      const known = columns.get(table) ?? {}
      const rows = Array.from({ length: count }, (_, n) =>
        Object.fromEntries(
          Object.entries(known).map(([name, type]) => [
            name,
            type === 'integer'
              ? n + 1
              : type === 'id'
                ? idOf('evt', `v${n}`)
                : key.includes(name) || /_(id|key|hash)$|^(hash|prefix|topic|body)$/.test(name)
                  ? `v${n}`
                  : HARD[n % HARD.length],
          ]),
        ),
      )
      expect(await dialect.insert(trx, [{ table, columns: known, rows }]), table).toBe(count)
    }
    // No process has one in hand.
    await sql`update deliveries set state = ${stateLit('queued')}, owner = null where state = ${stateLit('sending')}`.execute(trx)
    // Cells without a value, of both types.
    await sql`update deliveries set held_until = null, error = null where id > ${dialect.bytesOf('evt', idOf('evt', 'v2'))}`.execute(trx)
  })
}

async function contents({ dialect }: TestStore): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {}
  await inSnapshot(dialect, async (trx) => {
    for await (const batch of snapshotRows(trx))
      rows[batch.table] = [...(rows[batch.table] ?? []), ...batch.rows.map((row) => named(Object.keys(batch.columns), row))]
  })
  return rows
}
const named = (names: string[], row: unknown[]) => Object.fromEntries(names.map((name, n) => [name, row[n]]))

const save = (name: string, { dialect }: TestStore) => inSnapshot(dialect, (trx) => writeBackup(join(folder, name), head, snapshotRows(trx)))
const load = (name: string, { dialect }: TestStore, enqueue: (tasks: NewTask[]) => void = () => {}) =>
  inTransaction(dialect, (trx) => insertBackup(dialect, trx, readBatches(join(folder, name)), async (_trx, tasks) => enqueue(tasks)))

describe.each(engines)('a backup of %s', (engine) => {
  it('holds every table of the schema, but those that are named as left out', async () => {
    const { dialect } = await open(engine)
    const kept = KEPT_TABLES.map(({ table }) => table)
    for (const table of (await columnsByTable(dialect.db)).keys()) expect([...kept, ...Object.keys(LEFT_OUT)]).toContain(table)
  })

  it('is read in the order of a key of each table', async () => {
    const { dialect } = await open(engine)
    for (const { table, key, numbered } of KEPT_TABLES) {
      const { rows } = await (engine === 'sqlite'
        ? sql<{ names: string }>`select group_concat(name) as names from (select name from pragma_table_info(${table}) where pk > 0 order by pk)
            union all select group_concat(i.name) from pragma_index_list(${table}) l join pragma_index_info(l.name) i where l."unique" = 1 group by l.name`
        : sql<{ names: string }>`select string_agg(a.attname, ',' order by array_position(i.indkey, a.attnum)) as names
            from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
            where i.indrelid = ${table}::regclass and i.indisunique group by i.indexrelid`
      ).execute(dialect.db)
      expect(
        rows.map(({ names }) => names),
        table,
      ).toContain((engine === 'sqlite' && numbered !== undefined ? [numbered] : key).join(','))
    }
  })

  it.each(engines)('brings every row of every table to %s and back unchanged', async (other) => {
    const [first, second, third] = [await open(engine), await open(other), await open(engine)]
    await fillAll(first)
    const all = await contents(first)
    const { rows } = await save('there', first)
    expect(rows).toEqual(Object.fromEntries(KEPT_TABLES.map(({ table }) => [table, 205])))
    expect((await stat(join(folder, 'there'))).mode & 0o777).toBe(0o600)
    await load('there', second)
    await save('back', second)
    await load('back', third)
    expect(await contents(third)).toEqual(all)
  })

  it('sees one moment, whatever is written meanwhile', async () => {
    const store = await open(engine)
    await fillAll(store, 10)
    const before = await contents(store)
    const seen: Record<string, number> = {}
    await inSnapshot(store.dialect, async (trx) => {
      for await (const { table, rows } of snapshotRows(trx)) {
        seen[table] = (seen[table] ?? 0) + rows.length
        if (table === 'settings') await store.dialect.db.deleteFrom('deliveries').where('due_at', '>', 5).execute()
      }
    })
    expect(seen['deliveries']).toBe(before['deliveries']?.length)
    expect((await contents(store))['deliveries']?.length).toBeLessThan(10)
  })

  it('gives up what belonged to processes that are gone, and numbers go on above its own', async () => {
    const [from, to] = [await open(engine), await open(engine)]
    await fillAll(from, 10)
    const { db } = from.dialect
    await db
      .updateTable('deliveries')
      .set({ state: codeOf('sending'), owner: 4, cancelled_at: null, finished_at: null })
      .where('due_at', '=', 7)
      .execute()
    await db
      .updateTable('deliveries')
      .set({ state: codeOf('sending'), owner: 4, cancelled_at: 6, finished_at: null })
      .where('due_at', '=', 6)
      .execute()
    await db
      .updateTable('deliveries')
      .set({ state: codeOf('expired'), owner: null })
      .where('due_at', '=', 8)
      .execute()
    await db.updateTable('events').set({ n: 5_000_000_000 }).where('n', '=', 10).execute()
    await db.updateTable('idempotency_keys').set({ status: 0 }).where('key', '=', 'v3').execute()
    const own = ['sending_hold', 'doctor', 'health_write', 'keys_at_start nod_dead']
    for (const key of own) await db.insertInto('settings').values({ key, value: '{}' }).execute()
    await save('file', from)
    // A hub that has only started leaves settings; they do not stand for those of the backup.
    await to.dialect.db.insertInto('settings').values({ key: 'v1', value: 'of a first start' }).execute()
    // Its keys of events have expired since it stored them.
    if (engine === 'sqlite') await to.dialect.db.updateTable('counters').set({ value: 500 }).where('name', '=', 'event_keys').execute()
    expect(await filledTables(to.dialect)).toEqual([])
    await load('file', to)
    expect(await to.dialect.eventKeys.isTaken({ high: 3, low: 3 }, 0)).toBe(true)
    expect((await contents(to))['settings']).toEqual(
      (await contents(from))['settings']?.filter((row) => !own.some((key) => JSON.stringify(row).includes(`"${key}"`))),
    )
    const restored = to.dialect.db.selectFrom('deliveries').select(['due_at', 'state', 'owner', 'finished_at']).where('due_at', 'in', [6, 7]).orderBy('due_at')
    expect(await restored.execute()).toEqual([
      { due_at: 6, state: codeOf('cancelled'), owner: null, finished_at: 6 },
      { due_at: 7, state: codeOf('queued'), owner: null, finished_at: null },
    ])
    const over = to.dialect.db.selectFrom('deliveries').select(['state', 'owner']).where('due_at', '=', 8)
    expect(await over.execute()).toEqual([{ state: codeOf('expired'), owner: null }])
    expect(await to.dialect.db.selectFrom('idempotency_keys').select('key').where('key', '=', 'v3').execute()).toEqual([])
    expect(await to.dialect.db.selectFrom('settings').select('key').where('key', '=', 'sending_hold').execute()).toEqual([])
    await inTransaction(to.dialect, async (trx) => {
      expect((await to.dialect.numbers(trx, 1))[0]).toBeGreaterThan(5_000_000_000)
      const { id } = await trx.insertInto('decision_sets').values({ body: 'new' }).returning('id').executeTakeFirstOrThrow()
      expect(Number(id)).toBe(11)
    })
  })

  it('leaves nothing when a row of it is refused', async () => {
    const store = await open(engine)
    const batch = { table: 'users', columns: { id: 'text', data: 'text', active: 'integer', created_at: 'integer', updated_at: 'integer' } as const }
    const row = ['ana', '{}', 1, 1, 1]
    const twice = async function* () {
      yield { ...batch, rows: [row] }
      yield { ...batch, rows: [row] }
    }
    await writeBackup(join(folder, 'twice'), head, twice())
    await expect(load('twice', store)).rejects.toThrow('twice')
    const strange = async function* () {
      yield { ...batch, rows: [row] }
      yield { table: 'elsewhere', columns: { id: 'text' } as const, rows: [['x']] }
    }
    await writeBackup(join(folder, 'strange'), head, strange())
    await expect(load('strange', store)).rejects.toThrow('"elsewhere"')
    const wider = async function* () {
      yield { table: 'topics', columns: { key: 'text', shape: 'text' } as const, rows: [['news', 'round']] }
    }
    await writeBackup(join(folder, 'wider'), head, wider())
    await expect(load('wider', store)).rejects.toThrow('a column "shape" of "topics", which this version does not know')
    const other = async function* () {
      yield { table: 'events', columns: { n: 'integer', id: 'text' } as const, rows: [[1, 'evt_1']] }
    }
    await writeBackup(join(folder, 'other'), head, other())
    await expect(load('other', store)).rejects.toThrow('another type for "id" of "events"')
    // A name that every JavaScript object has.
    const inherited = async function* () {
      yield { table: 'topics', columns: { key: 'text', constructor: 'text' } as const, rows: [['news', 'round']] }
    }
    await writeBackup(join(folder, 'inherited'), head, inherited())
    await expect(load('inherited', store)).rejects.toThrow('a column "constructor" of "topics", which this version does not know')
    expect(await filledTables(store.dialect)).toEqual([])
  })
})

describe('the file of a backup', () => {
  const rows = async function* () {
    yield { table: 'settings', columns: { key: 'text', value: 'text' } as const, rows: HARD.map((value, n) => [`k${n}`, value]) }
    yield taskBatch([
      { name: 'fan-out', ref: 'evt_1', dueAt: 5 },
      { name: 'fan-out', ref: 'evt_2' },
    ])
  }
  const path = () => join(folder, 'file')
  const text = async () => gunzipSync(await readFile(path())).toString('utf8')
  const rewrite = (change: (text: string) => string) => text().then((now) => writeFile(path(), gzipSync(change(now))))

  it('is read back as it was written', async () => {
    const { rows: counts, bytes } = await writeBackup(path(), head, rows())
    expect(counts).toEqual({ settings: HARD.length, tasks: 2 })
    expect(bytes).toBe((await stat(path())).size)
    expect(await readHead(path())).toEqual(head)
    const read = []
    for await (const batch of readBatches(path())) read.push(...batch.rows)
    expect(read).toEqual([...HARD.map((value, n) => [`k${n}`, value]), ['fan-out', 'evt_1', 5, 0], ['fan-out', 'evt_2', null, 0]])
  })

  it('is read in batches of bounded bytes, however large its rows are', async () => {
    const columns = { key: 'text', value: 'text' } as const
    const large = async function* () {
      for (let n = 0; n < 12; n++) yield { table: 'settings', columns, rows: [[`k${n}`, 'x'.repeat(3_000_000)]] }
    }
    await writeBackup(path(), head, large())
    const sizes: number[] = []
    for await (const batch of readBatches(path())) sizes.push(batch.rows.length)
    expect(sizes).toEqual([3, 3, 3, 3])
    expect(await checkBackup(path())).toEqual({ settings: 12 })
  })

  it('is given up at a line that is longer than any row, before it fills the memory', async () => {
    await writeFile(path(), gzipSync(Buffer.alloc(65 * 1024 * 1024, 'x'), { level: 1 }))
    await expect(checkBackup(path())).rejects.toThrow('the file is not a backup of Carillon')
  })

  it('is refused wherever it is cut, and for every changed byte', async () => {
    await writeBackup(path(), head, rows())
    const whole = await readFile(path())
    for (let cut = 0; cut < whole.length; cut++) {
      await writeFile(path(), whole.subarray(0, cut))
      await expect(checkBackup(path()), `cut at ${cut}`).rejects.toThrow(BrokenBackup)
    }
    for (let at = 10; at < whole.length; at++) {
      const changed = Buffer.from(whole)
      changed[at] = changed[at]! ^ 0x55
      await writeFile(path(), changed)
      await expect(checkBackup(path()), `changed at ${at}`).rejects.toThrow(BrokenBackup)
    }
  })

  it.each([
    ['a row that is missing', (all: string) => all.replace('["k1",', '["k9",')],
    ['a line that is no JSON', (all: string) => all.replace('["k1",', '["k1"')],
    ['a row of another width', (all: string) => all.replace('["k0",""]', '["k0"]')],
    ['a cell that is no text or whole number', (all: string) => all.replace('"evt_1",5', '"evt_1",5.5')],
    ['an id that is not 16 bytes', (all: string) => all.replace('"ref":"text"', '"ref":"id"')],
    ['a column whose name is a statement', (all: string) => all.replace('"value":"text"', '"value) select 1 --":"text"')],
    ['lines behind the end', (all: string) => `${all}["k7",""]\n`],
    ['no end', (all: string) => all.replace(/\{"end".*\n/, '')],
    ['an end that counts other rows', (all: string) => all.replace('"tasks":2}', '"tasks":3}')],
  ])('is refused for %s', async (_what, change) => {
    await writeBackup(path(), head, rows())
    const before = await text()
    await rewrite(change)
    expect(await text()).not.toBe(before)
    await expect(checkBackup(path())).rejects.toThrow(BrokenBackup)
  })

  it.each([
    ['', 'is empty'],
    ['{"some":"json"}\n', 'not a backup of Carillon'],
    ['{"carillon":"backup","format":7,"version":"8.0.0"}\n', 'format 7 and was made by Carillon 8.0.0'],
    ['{"carillon":"backup","format":2,"version":"1","takenAt":1,"engine":"oracle","migrations":[],"keyCheck":null}\n', 'first line'],
    ['{"carillon":"backup","format":1,"version":"0.1.0"}\n', 'before the first release (0.1.0), and this version cannot read its tables: restore it with'],
    ...BEFORE_RELEASE.map((name) => [`{"carillon":"backup","format":2,"version":"0.1.0","migrations":["${name}"]}\n`, 'before the first release (0.1.0)']),
  ])('with the head %j is refused', async (line, why) => {
    await writeFile(path(), gzipSync(line))
    await expect(readHead(path())).rejects.toThrow(why)
    await writeFile(path(), line)
    await expect(readHead(path())).rejects.toThrow(BrokenBackup)
  })

  it('gets no name when it cannot be read back', async () => {
    const unreadable = async function* () {
      yield { table: 'settings', columns: { key: 'text', value: 'integer' } as const, rows: [['k', 0.5]] }
    }
    await expect(writeBackup(path(), head, unreadable())).rejects.toThrow(BrokenBackup)
    expect(await readdir(folder)).toEqual([])
  })

  it('never replaces one, and leaves no part behind when the reading fails', async () => {
    await writeFile(path(), 'mine')
    await expect(writeBackup(path(), head, rows())).rejects.toThrow('exists already')
    expect(await readFile(path(), 'utf8')).toBe('mine')
    const failing = async function* () {
      yield* rows()
      throw new Error('the database went away')
    }
    await expect(writeBackup(join(folder, 'other'), head, failing())).rejects.toThrow('went away')
    await expect(stat(join(folder, 'other'))).rejects.toThrow()
    expect(await readdir(folder)).toEqual(['file'])
  })
})
