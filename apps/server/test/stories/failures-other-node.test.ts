import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase, type TestDatabase } from '../setup/engines.ts'
import { until } from './world.ts'

// Only PostgreSQL: one process serves a SQLite file.
describe('health across nodes: a change that one node recorded', () => {
  let database: TestDatabase
  let vendor: Receiver
  let working: TestHub
  let other: TestHub
  beforeAll(async () => {
    database = await createTestDatabase('postgres')
    vendor = await startReceiver()
    const env = { CARILLON_ROLE: 'all' }
    working = await startTestHub({ databaseUrl: database.url, env })
    other = await startTestHub({ databaseUrl: database.url, env: { CARILLON_ROLE: 'api' } })
  })
  afterAll(async () => {
    await Promise.all([working.stop(), other.stop()])
    await vendor.close()
    await database.remove()
  })

  it('reaches the others: a connection is blocked, and later healthy again', async () => {
    const { connections, events } = working.client()
    const { id } = await connections.create({
      provider: 'webhook',
      name: 'Room',
      personal: false,
      destination: { url: `${vendor.url}/room` },
      events: [{ type: 'message' }],
    })
    vendor.respond({ status: 429, headers: { 'retry-after': '3600' } })
    await events.notify({ to: ['ana'], title: 'One', body: '' })
    await until(() => other.app.registry.closedUntil(id, Date.now()) !== null, 'the pause on the other node')
    vendor.respond(200)
    await connections.reset(id)
    await until(() => other.app.registry.health(id) === undefined, 'the end of it on the other node')
  })

  it('is found by the next read where no notification is sent, such as for a person’s own address', async () => {
    const { connections, eventTypes, events } = working.client()
    await connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
    await eventTypes.put('bell', { channels: { webhook: true } })
    await working.client('ben').me.putDestination('webhook', { url: `${vendor.url}/ben` })
    vendor.respond(503)
    const { id } = await events.report({ type: 'bell', to: ['ben'] })
    const failing = async () => (await working.client('ben').me.destinations()).items[0]?.health.failures === 1
    await until(failing, 'the failure')
    const second = await startTestHub({ databaseUrl: database.url, env: { CARILLON_ROLE: 'worker' } })
    try {
      vendor.respond(200)
      const { db, bytesOf } = working.app.dialect
      // The second node is the one that detects that it works again.
      await working.app.pipeline.stop(1000)
      await sql`update deliveries set due_at = 0 where event = (select n from events where id = ${bytesOf('evt', id)})`.execute(db)
      second.app.pipeline.wake()
      await until(async () => (await db.selectFrom('target_health').select('target').where('target', 'like', 'dst_%').execute()).length === 0, 'its health')
    } finally {
      await second.stop()
    }
    expect((await other.client('ben').me.destinations()).items[0]?.health).toMatchObject({ state: 'healthy', failures: 0 })
  })
})
