import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import type { Dialect, Engine } from '../../src/storage/dialects/dialect.ts'
import { openDialect } from '../../src/storage/open.ts'
import { startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase } from '../setup/engines.ts'
import { ENVIRONMENT, type HubProcess, type Special, startHubProcess } from './hub-process.ts'

/** A message at the receiver: its user, its event, and its id. */
export interface Told {
  eventId: string
  user: string
  webhookId: string
}

export interface Town {
  engine: Engine
  users: readonly string[]
  /** A topic that all of them subscribe to: more than one batch of a fan-out. */
  crowd: string
  /** Small topics: an event for one of them is a task, and its deliveries are queued. */
  groups: readonly { topic: string; users: readonly string[] }[]
  eventType: string
  receiver: Receiver
  told(): Told[]
  /** The real process on the town's database. */
  process(fault?: string | null, env?: Record<string, string>, special?: Special): HubProcess
  /** A hub on the same database in this process, without faults; with role `api` it only accepts events. */
  hub(role?: 'all' | 'api'): Promise<TestHub>
  /** Reads the database while no hub runs. */
  look<T>(run: (dialect: Dialect) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Larger than a batch (250), so that its fan-out takes two transactions and can die between them. */
const CROWD = 300
const GROUPS = 5

/** A database with people who each have a webhook, all at one receiver, and the topic `crowd` of them all. */
export async function buildTown(engine: Engine, people = CROWD): Promise<Town> {
  const database = await createTestDatabase(engine)
  const folder = await mkdtemp(join(tmpdir(), 'carillon-chaos-'))
  const receiver = await startReceiver()
  const children: HubProcess[] = []
  const users = Array.from({ length: people }, (_, i) => `person-${String(i).padStart(3, '0')}`)
  const town: Town = {
    engine,
    users,
    crowd: 'crowd',
    groups: Array.from({ length: GROUPS }, (_, i) => ({ topic: `group-${i}`, users: users.slice(i * 3, i * 3 + 3) })),
    eventType: 'bell.rung',
    receiver,
    told: () => receiver.requests.map(toTold),
    process(fault = null, env = {}, special) {
      const child = startHubProcess({ databaseUrl: database.url, dataDir: folder, fault, env, special })
      children.push(child)
      return child
    },
    hub: (role = 'all') => startTestHub({ databaseUrl: database.url, env: { ...ENVIRONMENT, CARILLON_ROLE: role } }),
    async look(run) {
      const dialect = await openDialect(database.url)
      return run(dialect).finally(() => dialect.close())
    },
    async close() {
      // A test that failed may leave one behind.
      for (const child of children) if (!child.hasEnded()) child.signal('SIGKILL')
      await Promise.all(children.map(({ ended }) => ended))
      await receiver.close()
      await database.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
  const hub = await town.hub()
  await furnish(hub, town)
  await hub.stop()
  return town
}

export function toTold({ body, headers }: { body: string; headers: Receiver['requests'][number]['headers'] }): Told {
  const { eventId, user }: { eventId: string; user: { id: string } } = JSON.parse(body)
  return { eventId, user: user.id, webhookId: String(headers['webhook-id']) }
}

async function furnish(hub: TestHub, { users, crowd, groups, eventType, receiver }: Town): Promise<void> {
  const client = hub.client()
  await client.connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
  await client.eventTypes.put(eventType, {
    category: 'bells',
    channels: { in_app: true, webhook: true },
    templates: { default: { title: 'Bell {{ data.n }}', body: 'It rang.' } },
  })
  await client.users.putBatch(users.map((id) => ({ id })))
  await client.topics.put(crowd)
  await client.topics.subscribe(crowd, [...users])
  for (const { topic, users: few } of groups) {
    await client.topics.put(topic)
    await client.topics.subscribe(topic, [...few])
  }
  await Promise.all(users.map((id) => hub.client(id).me.putDestination('webhook', { url: `${receiver.url}/${id}` })))
}
