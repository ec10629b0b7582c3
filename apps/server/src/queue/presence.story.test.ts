import pg from 'pg'
import { expect, it, vi } from 'vitest'
import { openTestStore } from '../../test/setup/engines.ts'
import { bePresent, PRESENCE } from './presence.ts'

it('presence: holds the lock of its node until it ends, also when the connection breaks', async () => {
  const { dialect, url, close } = await openTestStore('postgres')
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  const presence = await bePresent(dialect)
  const holders = async () => {
    const { rows } = await other.query<{ pid: number }>("select pid from pg_locks where locktype = 'advisory' and granted and classid = $1 and objid = $2", [
      PRESENCE,
      presence.node,
    ])
    return rows.map(({ pid }) => pid)
  }
  const [first] = await holders()
  await other.query('select pg_terminate_backend($1)', [first])
  await vi.waitFor(async () => expect(await holders()).toEqual([expect.not.toSatisfy((pid) => pid === first)]), { timeout: 10_000 })
  await presence.end()
  await vi.waitFor(async () => expect(await holders()).toEqual([]))
  await other.end()
  await close()
})
