import { expect, it, onTestFinished } from 'vitest'
import { openTestStore } from '../../test/setup/engines.ts'
import { startUnrulyProxy } from '../../test/setup/unruly-proxy.ts'
import { NOON } from '../domain/testing/samples.ts'
import { openPostgres } from '../storage/dialects/postgres.ts'
import { createHealth } from './health.ts'

/** Nothing but the health itself notices that the server hangs. */
const NEVER = { connect: 600_000, statement: 600_000, answer: 600_000, ask: 600_000, presence: 600_000 }

it('a database that hangs keeps no probe waiting: the health says that it did not answer', async () => {
  const store = await openTestStore('postgres')
  onTestFinished(store.close)
  const url = new URL(store.url)
  const proxy = await startUnrulyProxy({ host: url.hostname, port: Number(url.port) })
  onTestFinished(proxy.close)
  url.port = String(proxy.port)
  const dialect = await openPostgres(url.href, { max: 3, patience: NEVER })
  let now = NOON
  const health = createHealth({
    dialect,
    admission: { state: () => ({ refusal: null, waiting: 0, free: null, away: false }) },
    diskFloor: 0,
    registry: { all: () => [] },
    clock: () => now,
    issues: () => [],
  })
  expect((await health.all()).checks.find(({ name }) => name === 'database')).toMatchObject({ status: 'ok' })
  proxy.set('hang')
  now += 10_000
  expect((await health.all()).checks.find(({ name }) => name === 'database')).toMatchObject({
    status: 'failing',
    detail: expect.stringMatching(/^a row could not be written: the database did not answer within 3 s\. Nothing is accepted or sent until it can be/),
  })
  expect((await health.all()).checks.find(({ name }) => name === 'intake')).toMatchObject({ status: 'failing', detail: 'unavailable' })
  expect(await health.ready()).toBe('failing')
  proxy.set('reset')
  await dialect.close()
})

it('a clock that is set back keeps no old answer: the hub says that it is not ready at the next probe', async () => {
  const store = await openTestStore('sqlite')
  onTestFinished(store.close)
  let now = NOON
  const health = createHealth({
    dialect: store.dialect,
    admission: { state: () => ({ refusal: null, waiting: 0, free: null, away: false }) },
    diskFloor: 0,
    registry: { all: () => [] },
    clock: () => now,
    issues: () => [],
  })
  expect(await health.ready()).toBe('warning')
  await store.dialect.db.schema.alterTable('settings').renameTo('gone').execute()
  now -= 3_600_000
  expect(await health.ready()).toBe('failing')
})
