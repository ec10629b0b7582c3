import { newId } from '../../apps/server/src/domain/id.ts'
import type { Columns, Dialect } from '../../apps/server/src/storage/dialects/dialect.ts'
import { openDialect } from '../../apps/server/src/storage/open.ts'
import type { Tables } from '../../apps/server/src/storage/schema.ts'
import { admin } from '../../apps/server/test/setup/postgres.ts'
import type { Database } from './database.ts'

/** Rows of one transaction while seeding. */
const CHUNK = 5000

/** Opens the database, with or without a running hub, and closes it again. */
export async function withDialect<T>(database: Database, work: (dialect: Dialect) => Promise<T>): Promise<T> {
  const dialect = await openDialect(database.url)
  try {
    return await work(dialect)
  } finally {
    await dialect.close()
  }
}

/** Writes `count` rows built by `each`: over HTTP it would take an hour. */
export async function seed(dialect: Dialect, table: keyof Tables, columns: Columns, count: number, each: (n: number) => object): Promise<void> {
  for (let from = 0; from < count; from += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => each(from + i))
    await dialect.db.transaction().execute((trx) => dialect.insert(trx, [{ table, columns, rows }]))
  }
}

/** Analyzes the tables: PostgreSQL plans by its statistics, and autovacuum would update them only a minute later. */
export async function known({ engine, url }: Database): Promise<void> {
  if (engine === 'postgres') await admin(url, 'analyze')
}

const USER: Columns = {
  id: 'text',
  email: 'text',
  name: 'text',
  locale: 'text',
  timezone: 'text',
  data: 'text',
  active: 'integer',
  created_at: 'integer',
  updated_at: 'integer',
}
const DESTINATION: Columns = {
  id: 'text',
  user_id: 'text',
  channel: 'text',
  body: 'text',
  address_hash: 'text',
  confirmed_at: 'integer',
  created_at: 'integer',
  updated_at: 'integer',
}
const SUBSCRIBER: Columns = { topic: 'text', member: 'text', created_at: 'integer' }

export const personId = (n: number): string => `person_${String(n).padStart(7, '0')}`

/** People, of whom the first `reachable` of each hundred have a webhook. */
export async function seedPeople(dialect: Dialect, count: number, reachable: number): Promise<void> {
  const now = Date.now()
  await seed(dialect, 'users', USER, count, (n) => ({
    id: personId(n),
    email: `person${n}@example.com`,
    name: `Person ${n}`,
    locale: 'en',
    data: '{}',
    active: 1,
    created_at: now,
    updated_at: now,
  }))
  const having = Array.from({ length: count }, (_, n) => n).filter((n) => n % 100 < reachable)
  await seed(dialect, 'destinations', DESTINATION, having.length, (i) => ({
    id: newId('dst'),
    user_id: personId(having[i]!),
    channel: 'webhook',
    body: JSON.stringify({ url: `http://127.0.0.1:9/${having[i]}` }),
    address_hash: String(having[i]).padStart(32, '0'),
    confirmed_at: now,
    created_at: now,
    updated_at: now,
  }))
}

/** A topic with all people of `seedPeople`. */
export async function seedTopic(dialect: Dialect, topic: string, count: number): Promise<void> {
  const now = Date.now()
  await dialect.db.insertInto('topics').values({ key: topic, name: topic, open: 0, created_at: now, updated_at: now }).execute()
  await seed(dialect, 'topic_subscribers', SUBSCRIBER, count, (n) => ({ topic, member: personId(n), created_at: now }))
}
