import { newId } from '../../apps/server/src/domain/id.ts'
import { codeOf } from '../../apps/server/src/storage/delivery-states.ts'
import type { Columns, Dialect, Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { inTransaction } from '../../apps/server/src/storage/in-transaction.ts'
import { createNode } from '../../apps/server/src/storage/pipeline/nodes.ts'
import { createOutbox } from '../../apps/server/src/storage/pipeline/outbox.ts'
import { type Cost, costBetween, spentBy } from '../lib/cost.ts'
import { createDatabase, type Database } from '../lib/database.ts'
import type { Figure, Row } from '../lib/figure.ts'
import { type Hub, startHub } from '../lib/hub.ts'
import { percentile } from '../lib/percentile.ts'
import { setScene } from '../lib/scene.ts'
import { known, personId, seed, seedPeople, withDialect } from '../lib/seed.ts'

const PEOPLE = 1000
const EACH = 1000
const CLAIM = 200
const ROUNDS = 45
const REQUESTS = 500

const NOTIFICATION: Columns = {
  n: 'integer',
  id: 'id',
  event: 'integer',
  user_id: 'text',
  type: 'text',
  category: 'text',
  severity: 'text',
  priority: 'integer',
  created_at: 'integer',
  visible: 'integer',
  read_at: 'integer',
  changed: 'integer',
  changed_at: 'integer',
  decision_set: 'integer',
}
const EVENT: Columns = {
  n: 'integer',
  id: 'id',
  type: 'text',
  audience: 'text',
  data: 'text',
  tags: 'text',
  severity: 'text',
  priority: 'integer',
  accepted_at: 'integer',
  state: 'text',
  planned_at: 'integer',
}
const DELIVERY: Columns = {
  id: 'id',
  event: 'integer',
  recipient: 'text',
  channel: 'text',
  destination_id: 'text',
  address_hash: 'id',
  connection_id: 'text',
  state: 'integer',
  due_at: 'integer',
  priority: 'integer',
  attempts: 'integer',
  attempts_before: 'integer',
  crashes: 'integer',
  created_at: 'integer',
}

/** A hub after a long time: 1,000,000 inbox entries, and 1,000,000 deliveries of which nearly all wait for a blocked connection. */
export const backlog: Row = {
  name: 'backlog',
  title: 'inbox and claims with 1,000,000 rows',
  async run(engine) {
    const database = await createDatabase(engine)
    let hub = await startHub(database)
    await setScene(hub)
    await hub.stop()
    const { few, events } = await withDialect(database, async (dialect) => {
      const events = await seedInboxes(dialect)
      await seedDeliveries(dialect, events, 'con_open', 10_000)
      await known(database)
      return { few: await claimTimes(dialect, 'con_open'), events }
    })
    const many = await withDialect(database, async (dialect) => {
      await seedDeliveries(dialect, events, 'con_blocked', PEOPLE * EACH - 10_000)
      await seedDeliveries(dialect, events, 'con_open', 10_000)
      await known(database)
      return claimTimes(dialect, 'con_open')
    })
    hub = await startHub(database, { env: { CARILLON_ROLE: 'api' } })
    const page = await requests(hub, database, (user) => hub.client.as(user).inbox.list())
    const counts = await requests(hub, database, (user) => hub.client.as(user).inbox.counts())
    await hub.stop()
    await database.remove()
    return [
      inbox(engine, 'inbox page over HTTP, p99', page),
      inbox(engine, 'inbox counts over HTTP, p99', counts),
      {
        row: 'backlog',
        engine,
        what: `claim of ${CLAIM}, 1,000,000 pending, 99 % blocked, p99`,
        value: percentile(many, 99),
        unit: 'ms',
        note: `p50 ${percentile(many, 50).toFixed(1)}; with 10,000 pending ${percentile(few, 50).toFixed(1)} and ${percentile(few, 99).toFixed(1)}`,
        aim: { of: 'value', most: 10 },
        floor: { of: 'value', most: 25 },
      },
    ]
  },
}

const inbox = (engine: Engine, what: string, { measured, cost }: Requests): Figure => ({
  row: 'backlog',
  engine,
  what,
  value: percentile(measured, 99),
  unit: 'ms',
  note: `p50 ${percentile(measured, 50).toFixed(1)}`,
  cost,
  aim: { of: 'value', most: 5 },
  floor: { of: 'value', most: 10 },
})

const numbers = (dialect: Dialect, count: number): Promise<number[]> => inTransaction(dialect, (trx) => dialect.numbers(trx, count))

/** Returns the numbers of the events. */
async function seedInboxes(dialect: Dialect): Promise<number[]> {
  const now = Date.now()
  await seedPeople(dialect, PEOPLE, 0)
  const events = await numbers(dialect, EACH)
  await seed(dialect, 'events', EVENT, EACH, (n) => ({
    n: events[n],
    id: newId('evt'),
    type: 'order.shipped',
    audience: '[]',
    data: '{"orderId":"A-1","figure":"Saber","price":1}',
    tags: '[]',
    severity: 'info',
    priority: 1,
    accepted_at: now,
    state: 'planned',
    planned_at: now,
  }))
  const set = await dialect.db.insertInto('decision_sets').values({ body: 'in_app=deliver:default' }).returning('id').executeTakeFirstOrThrow()
  const entries = await numbers(dialect, PEOPLE * EACH)
  await seed(dialect, 'notifications', NOTIFICATION, PEOPLE * EACH, (n) => ({
    n: entries[n],
    id: newId('ntf'),
    event: events[Math.floor(n / PEOPLE)],
    user_id: personId(n % PEOPLE),
    type: 'order.shipped',
    category: 'orders',
    severity: 'info',
    priority: 1,
    created_at: now,
    visible: 1,
    read_at: n / PEOPLE < EACH - 20 ? now : null,
    changed: entries[n],
    changed_at: 0,
    decision_set: set.id,
  }))
  return events
}

const seedDeliveries = (dialect: Dialect, events: readonly number[], connection: string, count: number): Promise<void> => {
  const now = Date.now()
  return seed(dialect, 'deliveries', DELIVERY, count, (n) => ({
    id: newId('dlv'),
    event: events[n % EACH],
    recipient: personId(n % PEOPLE),
    channel: 'webhook',
    destination_id: `dst_${n % PEOPLE}`,
    address_hash: newId('dst'),
    connection_id: connection,
    state: codeOf('queued'),
    due_at: now,
    priority: 1,
    attempts: 0,
    attempts_before: 0,
    crashes: 0,
    created_at: now,
  }))
}

function claimTimes(dialect: Dialect, connection: string): Promise<number[]> {
  const self = { dialect, clock: Date.now, owner: () => 'bench', leaseMs: 60_000 }
  const outbox = createOutbox({ ...self, node: createNode(self), dead: async () => [] })
  return times(ROUNDS, async (n) => {
    const claimed = await outbox.claim([connection], CLAIM, n % 4 === 3 ? 'oldest first' : 'urgent first')
    if (claimed.length !== CLAIM) throw new Error(`only ${claimed.length} were claimed`)
  })
}

interface Requests {
  /** Milliseconds of each. */
  measured: number[]
  cost: Cost
}

/** One after the other, each for another person. */
async function requests(hub: Hub, database: Database, one: (user: string) => Promise<unknown>): Promise<Requests> {
  const before = await spentBy(hub, database)
  const measured = await times(REQUESTS, (n) => one(personId((n * 7) % PEOPLE)))
  return { measured, cost: costBetween(before, await spentBy(hub, database), REQUESTS) }
}

async function times(count: number, one: (n: number) => Promise<unknown>): Promise<number[]> {
  const measured: number[] = []
  for (let n = 0; n < count; n++) {
    const began = performance.now()
    await one(n)
    measured.push(performance.now() - began)
  }
  return measured
}
