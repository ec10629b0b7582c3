import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryState } from '../../src/domain/delivery.ts'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { codeOf } from '../../src/storage/delivery-states.ts'
import { startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase, type TestDatabase } from '../setup/engines.ts'
import { until } from './world.ts'

const WORKERS = 20
const PEOPLE = 400
const EVENTS = 10

// Only PostgreSQL: one process serves a SQLite file.
describe('many workers: twenty on one PostgreSQL', () => {
  let database: TestDatabase
  let receiver: Receiver
  const hubs: TestHub[] = []
  beforeAll(async () => {
    database = await createTestDatabase('postgres')
    receiver = await startReceiver()
  })
  afterAll(async () => {
    await Promise.all(hubs.map((hub) => hub.stop()))
    await receiver.close()
    await database.remove()
  })
  const start = async (role: 'api' | 'worker') => {
    const hub = await startTestHub({ databaseUrl: database.url, env: { CARILLON_ROLE: role } })
    hubs.push(hub)
    return hub
  }

  it('send each of 4,000 deliveries exactly once', async () => {
    const intake = await start('api')
    const client = intake.client()
    const people = Array.from({ length: PEOPLE }, (_, i) => `p${i}`)
    await client.connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
    await client.eventTypes.put('bell', { channels: { webhook: true } })
    await client.users.putBatch(people.map((id) => ({ id })))
    await client.topics.put('all')
    await client.topics.subscribe('all', people)
    await Promise.all(people.map((id) => intake.client(id).me.putDestination('webhook', { url: `${receiver.url}/${id}` })))
    await client.events.reportBatch(Array.from({ length: EVENTS }, () => ({ type: 'bell', to: [{ topic: 'all' }] })))

    // Few connections each: twenty pools share one server with the rest of the tests.
    for (let i = 0; i < WORKERS; i++) await start('worker')
    const { db } = intake.app.dialect
    const count = async (state: DeliveryState) =>
      Number(
        (
          await db
            .selectFrom('deliveries')
            .select((row) => row.fn.countAll().as('n'))
            .where('state', '=', codeOf(state))
            .executeTakeFirstOrThrow()
        ).n,
      )
    await until(async () => (await count('sent')) === PEOPLE * EVENTS, 'the end of the work')

    const ids = receiver.requests.map(({ headers }) => String(headers['webhook-id']))
    expect(ids).toHaveLength(PEOPLE * EVENTS)
    expect(new Set(ids).size).toBe(PEOPLE * EVENTS)
    expect(await db.selectFrom('deliveries').select('id').where('attempts', '<>', 1).execute()).toEqual([])
    // A second attempt of a delivery, by whomever, would have left a row.
    expect(await db.selectFrom('attempts').selectAll().execute()).toEqual([])
    expect(await db.selectFrom('deliveries').select('id').where('tried_at', 'is', null).execute()).toEqual([])
    await intake.reconcile()
  })
})
