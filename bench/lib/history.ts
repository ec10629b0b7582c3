import { newId } from '../../apps/server/src/domain/id.ts'
import { codeOf } from '../../apps/server/src/storage/delivery-states.ts'
import type { Columns, Dialect } from '../../apps/server/src/storage/dialects/dialect.ts'
import { report, USERS, userId } from './scene.ts'

/** Events of one transaction. */
const CHUNK = 5000
/** How far back the first one lies. */
const SPAN = 24 * 3_600_000

const EVENT: Columns = {
  ...{ id: 'id', n: 'integer', type: 'text', audience: 'text', data: 'text', tags: 'text', severity: 'text', priority: 'integer' },
  ...{ accepted_at: 'integer', reporter: 'text', state: 'text', planned_at: 'integer' },
}
const NOTIFICATION: Columns = {
  ...{ id: 'id', n: 'integer', event: 'integer', user_id: 'text', type: 'text', category: 'text', severity: 'text', priority: 'integer' },
  ...{ created_at: 'integer', visible: 'integer', changed: 'integer', changed_at: 'integer', decision_set: 'integer' },
}
const DELIVERY: Columns = {
  ...{ id: 'id', event: 'integer', notification: 'integer', recipient: 'text', channel: 'text', destination_id: 'text', address_hash: 'id' },
  ...{ connection_id: 'text', state: 'integer', due_at: 'integer', priority: 'integer', attempts: 'integer', attempts_before: 'integer' },
  ...{ crashes: 'integer', created_at: 'integer', finished_at: 'integer', tried_at: 'integer', tried_ms: 'integer' },
}

/**
 * `count` events of the last day as a hub leaves them that has sent them: event, inbox entry and ended delivery, for one of the people of the
 * scene each. Sent messages, which have a retention of their own and are only appended, are left out.
 */
export async function seedHistory(dialect: Dialect, count: number): Promise<void> {
  const scene = await readScene(dialect)
  const now = Date.now()
  for (let from = 0; from < count; from += CHUNK) {
    const size = Math.min(CHUNK, count - from)
    await dialect.db.transaction().execute(async (trx) => {
      const numbers = await dialect.numbers(trx, 2 * size)
      const all = Array.from({ length: size }, (_, i) => {
        const at = now - Math.round((SPAN * (count - from - i)) / count)
        return rowsOf(scene, from + i, at, numbers[2 * i]!, numbers[2 * i + 1]!)
      })
      await dialect.insert(trx, [
        { table: 'events', columns: EVENT, rows: all.map(({ event }) => event) },
        { table: 'notifications', columns: NOTIFICATION, rows: all.map(({ notification }) => notification) },
        { table: 'deliveries', columns: DELIVERY, rows: all.map(({ delivery }) => delivery) },
      ])
    })
  }
}

interface Scene {
  /** Webhook of each user. */
  webhooks: ReadonlyMap<string, { id: string; address: string }>
  connection: string
  decisions: number
}

/** What the rows refer to. An event must have been sent before: it leaves its set of decisions. */
async function readScene({ db }: Dialect): Promise<Scene> {
  const webhooks = await db.selectFrom('destinations').select(['id', 'user_id', 'address_hash']).where('channel', '=', 'webhook').execute()
  const connection = await db.selectFrom('connections').select('id').where('channel', '=', 'webhook').executeTakeFirstOrThrow()
  const set = await db.selectFrom('decision_sets').select('id').executeTakeFirstOrThrow()
  return {
    webhooks: new Map(webhooks.map((row) => [row.user_id, { id: row.id, address: row.address_hash }])),
    connection: connection.id,
    decisions: set.id,
  }
}

/** A user draws a lot of events at random, or the inbox index would be written in order. */
function rowsOf({ webhooks, connection, decisions }: Scene, n: number, at: number, numberOfEvent: number, numberOfNotification: number) {
  const user = userId(Math.floor(Math.random() * USERS))
  const { type, data } = report(n)
  const [shared, times] = [{ severity: 'info', priority: 1 }, { created_at: at + 1 }]
  return {
    event: {
      ...{
        id: newId('evt'),
        n: numberOfEvent,
        type,
        audience: JSON.stringify([{ kind: 'user', id: user }]),
        data: JSON.stringify(data),
        tags: '[]',
        ...shared,
      },
      ...{ accepted_at: at, reporter: 'key:root', state: 'planned', planned_at: at + 1 },
    },
    notification: {
      ...{ id: newId('ntf'), n: numberOfNotification, event: numberOfEvent, user_id: user, type, category: 'orders', ...shared, ...times },
      ...{ visible: 1, changed: numberOfNotification, changed_at: 0, decision_set: decisions },
    },
    delivery: {
      ...{ id: newId('dlv'), event: numberOfEvent, notification: numberOfNotification, recipient: user, channel: 'webhook' },
      ...{ destination_id: webhooks.get(user)?.id, address_hash: webhooks.get(user)?.address, connection_id: connection, state: codeOf('sent') },
      ...{ due_at: at + 1, priority: 1, attempts: 1, attempts_before: 0, crashes: 0, ...times, finished_at: at + 5, tried_at: at + 2, tried_ms: 2 },
    },
  }
}
