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
  expect((await health()).checks.find(({ name }) => name === 'database')).toMatchObject({ status: 'ok' })
  proxy.set('hang')
  now += 10_000
  expect((await health()).checks.find(({ name }) => name === 'database')).toMatchObject({
    status: 'failing',
    detail: expect.stringMatching(/^a row could not be written: the database did not answer within 3 s\. Nothing is accepted or sent until it can be/),
  })
  expect((await health()).checks.find(({ name }) => name === 'intake')).toMatchObject({ status: 'failing', detail: 'unavailable' })
  proxy.set('reset')
  await dialect.close()
})
