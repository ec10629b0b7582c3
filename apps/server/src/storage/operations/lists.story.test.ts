import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { newId } from '../../domain/id.ts'
import { HOUR, MINUTE } from '../../domain/time.ts'
import { createDeliveryAdmin, type DeliveryFilter } from './deliveries-admin.ts'

const START = Date.UTC(2026, 0, 5)
const ROWS = 6000
/** Of each value one in so many rows has it: rare ones are what an index is for. */
const RARE = 1000

interface Row {
  id: string
  recipient: string
  channel: string
  connection_id: string
  created_at: number
}
const values = Array.from({ length: ROWS }, (_, n): Row => {
  const [kind, rare] = [n % 7, n % RARE === 5]
  const at = START + n * MINUTE
  return {
    id: newId('dlv', at),
    recipient: rare ? 'rare' : `user${n % 50}`,
    channel: rare ? 'rare' : `channel${kind}`,
    connection_id: rare ? 'con_rare' : `con_${kind}`,
    created_at: at,
  }
})
const newest = values.toReversed()

describe.each(engines)('lists of deliveries (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
    const rest = { destination_id: 'dst_1', priority: 1, state: 'sent', due_at: 0, attempts: 1, crashes: 0 }
    const empty = { notification_id: null, held_until: null, held_for: null, leased_until: null, lease_owner: null, expires_at: null, finished_at: null }
    const none = { error_code: null, error: null, external_id: null }
    for (let at = 0; at < ROWS; at += 500)
      await store.dialect.db
        .insertInto('deliveries')
        .values(
          values
            .slice(at, at + 500)
            .map((row) => ({ ...rest, ...empty, ...none, ...row, event_id: `evt_${(row.created_at / MINUTE) % 500}`, address_hash: row.id })),
        )
        .execute()
    await store.dialect.db.executeQuery(CompiledQuery.raw('analyze'))
  })
  afterAll(() => store.close())

  const inPeriod =
    ({ since = -Infinity, until = Infinity }: DeliveryFilter) =>
    (row: Row) =>
      row.created_at >= since && row.created_at < until
  const cases: [string, DeliveryFilter, (row: Row) => boolean, index: string][] = [
    ['channel', { channel: 'rare' }, ({ channel }) => channel === 'rare', 'deliveries_channel'],
    ['connection', { connection: 'con_rare' }, (row) => row.connection_id === 'con_rare', 'deliveries_connection'],
    ['user', { user: 'rare' }, ({ recipient }) => recipient === 'rare', 'deliveries_recipient'],
    ['recipient', { recipient: 'rare' }, ({ recipient }) => recipient === 'rare', 'deliveries_recipient'],
    ['event', { event: 'evt_none' }, () => false, 'deliveries_once'],
    ['since', { since: values.at(-20)!.created_at }, inPeriod({ since: values.at(-20)!.created_at }), 'deliveries_pkey'],
    ['until', { until: START + HOUR }, inPeriod({ until: START + HOUR }), 'deliveries_pkey'],
    [
      'a period of a channel',
      { channel: 'channel3', since: START + 5 * HOUR, until: START + 9 * HOUR },
      (row) => row.channel === 'channel3' && inPeriod({ since: START + 5 * HOUR, until: START + 9 * HOUR })(row),
      'deliveries_',
    ],
  ]

  it.each(cases)('by %s: the rows that match, newest first, page by page', async (_name, filter, matches) => {
    const { list } = createDeliveryAdmin(store.dialect, () => START)
    const found: string[] = []
    for (let after: string | null = null; ; ) {
      const { rows, next } = await list(filter, { limit: 30, after })
      found.push(...rows.map(({ id }) => id))
      if (next === null) break
      after = next
    }
    expect(found).toEqual(newest.filter(matches).map(({ id }) => id))
  })

  it.each(cases)('by %s: reads an index, not the table', async (_name, filter, _matches, index) => {
    const asked: RootOperationNode[] = []
    const listen: KyselyPlugin = {
      transformQuery({ node }) {
        asked.push(node)
        return node
      },
      transformResult: async ({ result }) => result,
    }
    const reads = store.dialect.reads.withPlugin(listen)
    await createDeliveryAdmin({ ...store.dialect, reads }, () => START).list(filter, { limit: 50, after: newId('dlv', START + ROWS * MINUTE) })
    const { sql, parameters } = store.dialect.reads.getExecutor().compileQuery(asked[0]!, { queryId: 'explained' })
    const { rows } = await store.dialect.db.executeQuery<object>(
      CompiledQuery.raw(`${engine === 'sqlite' ? 'explain query plan' : 'explain'} ${sql}`, [...parameters]),
    )
    const plan = JSON.stringify(rows)
    // The primary key of SQLite is the table itself.
    expect(plan).toContain(engine === 'sqlite' && index === 'deliveries_pkey' ? 'SEARCH deliveries USING PRIMARY KEY' : index)
    expect(plan).not.toMatch(/Seq Scan on deliveries|SCAN deliveries/)
  })
})
