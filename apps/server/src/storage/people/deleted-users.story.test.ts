import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { plansOf } from '../testing/plans.ts'
import { deletedSince } from './deleted-users.ts'

const ROWS = 100_000

describe.each(engines)('users who were deleted (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
    // Within a minute, as a bulk import writes them; each tenth is a deletion, and each user is deleted ten times.
    await sql`insert into audit_log (id, at, actor, action, target, detail)
      with recursive rows (n) as (select 0 union all select n + 1 from rows where n < ${sql.lit(ROWS - 1)})
      select 'aud_' || n, ${sql.lit(NOON)} + n / 2, 'root', case n % 10 when 0 then 'user.deleted' else 'user.updated' end, 'user' || (n % 10000), '{}' from rows`.execute(
      store.dialect.db,
    )
    await sql`analyze`.execute(store.dialect.db)
  })
  afterAll(() => store.close())

  const since = (after: number, ...users: string[]) => deletedSince(store.dialect, store.dialect.db, users, NOON + after)

  it('are told with the last time, from a time on, and nobody else', async () => {
    expect(await since(0, 'user20', 'user21', 'nobody')).toEqual(new Map([['user20', NOON + 45_010]]))
    expect(await since(45_010, 'user20', 'user30')).toEqual(
      new Map([
        ['user20', NOON + 45_010],
        ['user30', NOON + 45_015],
      ]),
    )
    expect(await since(45_011, 'user20', 'user30')).toEqual(new Map([['user30', NOON + 45_015]]))
    expect(await since(0)).toEqual(new Map())
  })

  it('are found by one look for each, however much the audit log has', async () => {
    const [plan] = await plansOf(store.dialect, (watched) => deletedSince(watched, watched.db, ['user20', 'user21'], NOON))
    expect(plan).toMatch(/audit_log_deleted/)
    expect(plan).toMatch(engine === 'sqlite' ? /\(target=\? AND at>\?\)/ : /Index Cond: \(\(target = .* AND \(at >= /)
    expect(plan).not.toMatch(/Seq Scan|SCAN audit_log/)
  })
})
