import { createServer } from 'node:net'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { startUnrulyProxy, type UnrulyProxy } from '../../../test/setup/unruly-proxy.ts'
import type { Dialect } from './dialect.ts'
import { openPostgres } from './postgres.ts'
import { storageFailure } from './storage-error.ts'

const QUICK = { connect: 300, statement: 30_000, answer: 32_000, ask: 50, presence: 300 }

let store: TestStore
let proxy: UnrulyProxy
let dialect: Dialect
beforeEach(async () => {
  store = await openTestStore('postgres')
  const { hostname, port } = new URL(store.url)
  proxy = await startUnrulyProxy({ host: hostname, port: Number(port) })
  const url = new URL(store.url)
  url.port = String(proxy.port)
  dialect = await openPostgres(url.href, { max: 3, patience: QUICK })
})
afterEach(async () => {
  await dialect.close()
  await proxy.close()
  await store.close()
})

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => storageFailure(error),
  )
const transaction = () => dialect.db.transaction().execute((trx) => sql`select 1`.execute(trx))
const slow = () => sql`select pg_sleep(60)`.execute(dialect.db)

it.each(['reset', 'hang'] as const)(
  'a proxy that answers with %s: every statement fails as unavailable within its time, and all works again afterwards',
  async (mode) => {
    const heard: string[] = []
    const gap = vi.fn()
    dialect.listen('news', (payload) => heard.push(payload), gap)
    await vi.waitFor(() => expect(gap).toHaveBeenCalled(), { timeout: 10_000 })
    const end = await dialect.keepSession('select pg_advisory_lock(7, 7)')
    const holders = async () =>
      (await sql`select pid from pg_locks where locktype = 'advisory' and objid = 7 and granted`.execute(store.dialect.db)).rows.length
    expect(await holders()).toBe(1)

    // In flight, in the pool, and waiting for a place in it.
    const before = [slow(), transaction(), transaction(), transaction()]
    proxy.set(mode)
    const after = [transaction(), transaction(), transaction(), transaction()]
    const kinds = await Promise.all([...before, ...after].map(failureOf))
    expect(kinds[0]).toBe('unavailable')
    expect(kinds.filter((kind) => kind !== 'unavailable' && kind !== 'none')).toEqual([])
    expect(await failureOf(transaction())).toBe('unavailable')

    gap.mockClear()
    proxy.set('pass')
    await vi.waitFor(transaction, { timeout: 10_000 })
    await vi.waitFor(() => expect(gap).toHaveBeenCalled(), { timeout: 10_000 })
    await dialect.db.transaction().execute((trx) => dialect.notify(trx, 'news', 'back'))
    await store.dialect.db.transaction().execute((trx) => store.dialect.notify(trx, 'news', 'from another node'))
    await vi.waitFor(() => expect(heard).toEqual(expect.arrayContaining(['back', 'from another node'])), { timeout: 10_000 })
    await vi.waitFor(async () => expect(await holders()).toBe(1), { timeout: 10_000 })
    await end()
    await vi.waitFor(async () => expect(await holders()).toBe(0), { timeout: 10_000 })
  },
)

it('a server that shuts down while a client signs in ends no process: its error arrives before anybody has the client', async () => {
  const message = (type: string, body: string) => {
    const size = Buffer.alloc(4)
    size.writeInt32BE(body.length + 4)
    return Buffer.concat([Buffer.from(type), size, Buffer.from(body, 'latin1')])
  }
  // AuthenticationOk, ReadyForQuery and ErrorResponse in one packet: https://www.postgresql.org/docs/current/protocol-message-formats.html
  const farewell = Buffer.concat([message('R', '\0\0\0\0'), message('Z', 'I'), message('E', 'SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0')])
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(farewell)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const lost = vi.fn()
  const other = await openPostgres(`postgres://anybody@127.0.0.1:${address.port}/any`, { max: 2, onError: lost, patience: QUICK })
  other.listen('news', () => {})
  for (let n = 0; n < 5; n++) expect(await failureOf(sql`select 1`.execute(other.db))).toBe('unavailable')
  await expect(other.keepSession('select 1')).rejects.toThrow()
  expect(lost).toHaveBeenCalled()
  await other.close()
  await new Promise((resolve) => server.close(resolve))
})

it('closes while the server hangs', async () => {
  const other = await openPostgres(new URL(`postgres://postgres@127.0.0.1:${proxy.port}/postgres`).href, { max: 1, patience: QUICK })
  dialect.listen('news', () => {})
  await transaction()
  proxy.set('hang')
  other.listen('news', () => {})
  await other.close()
})
