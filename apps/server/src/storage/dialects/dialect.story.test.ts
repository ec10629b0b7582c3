import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { idOf, insertDeliveries } from '../testing/rows.ts'

describe.each(engines)('SQL dialect (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  const rows = [
    { key: 'plain', n: 1_753_000_000_123, note: null },
    { key: 'it\'s "quoted"', n: 0, note: 'ü 🔔' },
  ]

  it('passes rows as one parameter, with their types', async () => {
    const { dialect } = store
    const { rows: read } = await sql`
      select o.key, o.n, o.note from ${dialect.table(rows, { key: 'text', n: 'integer', note: 'text' }, 'o')} order by o.n desc`.execute(dialect.db)
    expect(read).toEqual(rows)
  })

  it('inserts such rows and handles a conflict', async () => {
    const { dialect } = store
    const insert = (value: string) => sql`
      insert into settings (key, value) select o.key, o.value from ${dialect.table([{ key: 'bulk', value }], { key: 'text', value: 'text' }, 'o')} where true
      on conflict (key) do update set value = excluded.value`
    await insert('first').execute(dialect.db)
    await insert('second').execute(dialect.db)
    expect(await dialect.reads.selectFrom('settings').selectAll().where('key', '=', 'bulk').execute()).toEqual([{ key: 'bulk', value: 'second' }])
  })

  it('keeps existing rows, and returns the number of new ones', async () => {
    const { dialect } = store
    const insert = (...keys: string[]) => {
      const rows = keys.map((key, n) => ({ key, value: String(n) }))
      return dialect.db.transaction().execute((trx) => dialect.insert(trx, [{ table: 'settings', columns: { key: 'text', value: 'text' }, rows }]))
    }
    expect([await insert('new 1', 'new 2'), await insert('new 2', 'new 3', 'new 3', 'new 4'), await insert('new 4')]).toEqual([2, 2, 0])
    expect(await dialect.db.selectFrom('settings').select('value').where('key', '=', 'new 2').execute()).toEqual([{ value: '1' }])
  })

  it('inserts with the commit: all of the transaction is stored, or nothing', async () => {
    const { dialect } = store
    const columns = { key: 'text', value: 'text' } as const
    const last = (value: string | null, ...keys: string[]) => [{ table: 'settings' as const, columns, rows: keys.map((key) => ({ key, value })) }]
    await dialect.db.transaction().execute(async (trx) => {
      await dialect.insert(trx, last('first', 'with 1'))
      await dialect.insertWithCommit(trx, last('last', 'with 2', 'with 3'))
    })
    // It is the only statement of its transaction.
    await dialect.db.transaction().execute((trx) => dialect.insertWithCommit(trx, last('alone', 'with 4')))
    const refused = dialect.db.transaction().execute(async (trx) => {
      await dialect.insert(trx, last('first', 'with 5'))
      await dialect.insertWithCommit(trx, last(null, 'with 6')) // has to have a value
    })
    await expect(refused).rejects.toThrow(/null/i)
    const undone = dialect.db.transaction().execute(async (trx) => {
      await dialect.insertWithCommit(trx, last('undone', 'with 7'))
      throw new Error('taken back')
    })
    await expect(undone).rejects.toThrow('taken back')
    const { rows: read } = await sql`select key, value from settings where key like 'with %' order by key`.execute(dialect.db)
    expect(read).toEqual([
      { key: 'with 1', value: 'first' },
      { key: 'with 2', value: 'last' },
      { key: 'with 3', value: 'last' },
      { key: 'with 4', value: 'alone' },
    ])
  })

  it('updates rows with individual values, and only those listed', async () => {
    const { dialect } = store
    await dialect.db
      .insertInto('settings')
      .values(['one', 'two', 'three'].map((key) => ({ key, value: key })))
      .execute()
    const columns = { key: 'text', value: 'text', n: 'integer' } as const
    const change = { set: "value = settings.value || coalesce(r.value, ' nothing')", where: 'settings.key = r.key and r.n < 2' }
    const changed = ['one', 'two', 'three', 'missing'].map((key, n) => ({ key, value: n === 0 ? null : `'?2 ü"`, n }))
    expect(await dialect.db.transaction().execute((trx) => dialect.update(trx, 'settings', columns, changed, change))).toBe(2)
    expect(await dialect.db.transaction().execute((trx) => dialect.update(trx, 'settings', columns, [], change))).toBe(0)
    const { rows: read } = await sql`select key, value from settings where key in ('one', 'two', 'three', 'missing')`.execute(dialect.db)
    expect(read).toEqual(
      expect.arrayContaining([
        { key: 'one', value: 'one nothing' },
        { key: 'two', value: `two'?2 ü"` },
        { key: 'three', value: 'three' },
      ]),
    )
    expect(read).toHaveLength(3)
  })

  it('finds the members of a list of any length', async () => {
    const { dialect } = store
    await dialect.db
      .insertInto('settings')
      .values(['a', 'b', 'c'].map((key) => ({ key, value: key })))
      .execute()
    const many = ['a', 'c', ...Array.from({ length: 5000 }, (_, n) => `missing ${n}`)]
    const { rows: raw } = await sql`select key from settings where key in ${dialect.among(many)} order by key`.execute(dialect.db)
    expect(raw).toEqual([{ key: 'a' }, { key: 'c' }])
    expect(await dialect.db.selectFrom('settings').select('key').where('key', 'in', dialect.among([])).execute()).toEqual([])
  })

  it('compares with null by IS', async () => {
    const { db } = store.dialect
    await db
      .insertInto('users')
      .values({ id: 'u1', email: null, name: null, locale: null, timezone: null, data: '{}', active: 1, created_at: 1, updated_at: 1 })
      .execute()
    expect(await db.selectFrom('users').select('id').where('email', '=', null).execute()).toEqual([{ id: 'u1' }])
  })

  it('stores public ids and addresses as 16 bytes, in rows of every kind, and finds and shows them by their ids', async () => {
    const { dialect } = store
    const { db, bytesOf, amongIds, publicId } = dialect
    const [one, two, connection] = [idOf('dlv', 'one'), idOf('dlv', 'two'), idOf('con', 'shared')]
    const event = idOf('evt', 'bytes')
    const hash = 'ab'.repeat(16)
    await insertDeliveries(dialect, [
      { id: one, event, address_hash: hash },
      { id: two, event, address_hash: connection },
    ])
    const ids = async (where: RawBuilder<unknown>) =>
      (await sql<{ id: string }>`select ${publicId('dlv', 'd.id')} as id from deliveries d where ${where} order by d.id`.execute(db)).rows.map(({ id }) => id)
    expect(await ids(sql`d.id = ${bytesOf('dlv', one)}`)).toEqual([one])
    expect(await ids(sql`d.id in ${amongIds('dlv', [two, one, 'dlv_1'])}`)).toEqual([one, two])
    expect(await ids(sql`d.id in ${amongIds('dlv', [])}`)).toEqual([])
    expect(await ids(sql`d.address_hash = ${bytesOf('con', connection)}`)).toEqual([two])
    // By the hash that `destinations` has as text.
    expect(await ids(sql`${publicId('dst', 'd.address_hash')} = ${`dst_${hash}`}`)).toEqual([one])
    const named = dialect.table([{ id: two }, { id: null }], { id: 'id' }, 'r')
    expect(await ids(sql`d.id in (select r.id from ${named})`)).toEqual([two])
    // Of another kind, in capitals, too short, with dashes, with a sign that is no digit: there is no such row.
    for (const id of [one.replace('dlv', 'evt'), one.toUpperCase(), one.replace('6f', '6F'), one.slice(0, -1), `${one}0`, 'dlv_', '', `dlv_${'z'.repeat(32)}`])
      expect([await ids(sql`d.id = ${bytesOf('dlv', id)}`), await ids(sql`d.id in ${amongIds('dlv', [id])}`)], id).toEqual([[], []])
    const { rows } = await sql`select ${publicId('ntf', 'n.id')} as id from deliveries d left join notifications n on n.n = d.notification
      where d.id = ${bytesOf('dlv', one)}`.execute(db)
    expect(rows).toEqual([{ id: null }])
    const columns = { id: 'id', due_at: 'integer' } as const
    const change = { set: 'due_at = r.due_at', where: 'deliveries.id = r.id' }
    await db.transaction().execute((trx) => dialect.update(trx, 'deliveries', columns, [{ id: two, due_at: 7 }], change))
    expect(await ids(sql`d.due_at = 7`)).toEqual([two])
  })

  it('numbers rows and changes in ascending order, without duplicates', async () => {
    const { dialect } = store
    const take = (count: number) => dialect.db.transaction().execute((trx) => dialect.numbers(trx, count))
    const first = await take(3)
    const second = await take(2)
    expect(await take(0)).toEqual([])
    expect(first).toHaveLength(3)
    expect([...first, ...second]).toEqual([...new Set([...first, ...second])].sort((a, b) => a - b))
  })

  it('notifies listeners after the commit, and never after a rollback', async () => {
    const { dialect } = store
    const heard: string[] = []
    const ready = vi.fn()
    const stop = dialect.listen('news', (payload) => heard.push(payload), ready)
    if (engine === 'postgres') await vi.waitFor(() => expect(ready).toHaveBeenCalled())
    await expect(
      dialect.db.transaction().execute(async (trx) => {
        await dialect.notify(trx, 'news', 'never')
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await dialect.db.transaction().execute(async (trx) => {
      await dialect.notify(trx, 'news', 'told')
      expect(heard).toEqual([])
    })
    await vi.waitFor(() => expect(heard).toEqual(['told']))
    stop()
    await dialect.db.transaction().execute((trx) => dialect.notify(trx, 'news', 'too late'))
    await dialect.db.transaction().execute((trx) => dialect.notify(trx, 'other', 'flush'))
    expect(heard).toEqual(['told'])
  })

  it('refuses a notification that PostgreSQL would refuse', async () => {
    const { dialect } = store
    await expect(dialect.db.transaction().execute((trx) => dialect.notify(trx, 'news', 'x'.repeat(8000)))).rejects.toThrow('7990')
  })

  it('is durable and names the setting', async () => {
    expect(await store.dialect.checkDurability()).toEqual(
      engine === 'sqlite' ? { setting: 'synchronous', value: 'full' } : { setting: 'synchronous_commit', value: 'on' },
    )
  })

  it('shows the cause of a failed transaction, not the failed rollback', async () => {
    const { db } = store.dialect
    const twice = { key: 'twice', value: '' }
    await expect(db.transaction().execute((trx) => trx.insertInto('settings').values([twice, twice]).execute())).rejects.toThrow(/unique/i)
    expect(await db.selectFrom('settings').select('key').where('key', '=', 'twice').execute()).toEqual([])
  })
})
