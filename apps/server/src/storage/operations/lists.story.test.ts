import { CompiledQuery } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { idFloor, newId } from '../../domain/id.ts'
import { DAY, HOUR, MINUTE } from '../../domain/time.ts'
import { plansOf } from '../testing/plans.ts'
import { idOf, insertDeliveries, insertNotifications } from '../testing/rows.ts'
import { createDeliveryAdmin } from './deliveries-admin.ts'
import type { DeliveryFilter } from './delivery-filter.ts'

const START = Date.UTC(2026, 0, 5)
const ROWS = 6000
/** Of each value one in so many rows has it: rare ones are what an index is for. */
const RARE = 1000
const RARE_ADDRESS = 'adr_rare'
const FREQUENT = 'user7'

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
    recipient: rare ? (n > ROWS / 2 ? RARE_ADDRESS : 'rare') : n % 3 === 0 ? `adr_${n % 50}` : `user${n % 50}`,
    channel: rare ? 'rare' : `channel${kind}`,
    connection_id: rare ? 'con_rare' : `con_${kind}`,
    created_at: at,
  }
})
/** No user is told of an event twice, and the events are in order of time, as their numbers are. */
const eventOf = ({ created_at }: Row): number => Math.floor((created_at - START) / MINUTE / 13)
const eventId = (event: number): string => idFloor('evt', START + event * 13 * MINUTE).padEnd(36, '0')
const newest = values.toReversed()

describe.each(engines)('lists of deliveries (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
    for (let at = 0; at < ROWS; at += 500) {
      const part = values.slice(at, at + 500)
      const events = part.map((row) => eventId(eventOf(row)))
      const ofUsers = part.map((row) => (row.recipient.startsWith('adr_') ? null : { id: newId('ntf', row.created_at), user_id: row.recipient }))
      await insertNotifications(
        store.dialect,
        ofUsers.flatMap((one, n) => (one === null ? [] : [{ ...one, event: events[n]! }])),
      )
      await insertDeliveries(
        store.dialect,
        part.map((row, n) => ({ ...row, event: events[n]!, notification: ofUsers[n]?.id ?? null, state: 'sent' })),
      )
    }
    await store.dialect.db.executeQuery(CompiledQuery.raw('analyze'))
  })
  afterAll(() => store.close())

  const inPeriod =
    ({ since = -Infinity, until = Infinity }: DeliveryFilter) =>
    (row: Row) =>
      row.created_at >= since && row.created_at < until
  type Case = [string, DeliveryFilter, (row: Row) => boolean, index: string]
  const cases: Case[] = [
    ['channel', { channel: 'rare' }, ({ channel }) => channel === 'rare', 'deliveries_channel'],
    ['connection', { connection: 'con_rare' }, (row) => row.connection_id === 'con_rare', 'deliveries_connection'],
    ['user', { user: 'rare' }, ({ recipient }) => recipient === 'rare', 'deliveries_notification'],
    ['recipient', { recipient: 'rare' }, ({ recipient }) => recipient === 'rare', 'deliveries_notification'],
    ['frequent user', { user: FREQUENT }, ({ recipient }) => recipient === FREQUENT, 'deliveries_notification'],
    ['address', { recipient: RARE_ADDRESS }, ({ recipient }) => recipient === RARE_ADDRESS, 'deliveries_recipient'],
    ['user who is an address', { user: RARE_ADDRESS }, ({ recipient }) => recipient === RARE_ADDRESS, 'deliveries_recipient'],
    ['two recipients', { user: FREQUENT, recipient: RARE_ADDRESS }, () => false, 'deliveries_'],
    ['user and event', { user: FREQUENT, event: eventId(eventOf(values[107]!)) }, (row) => row === values[107], 'notifications_once'],
    ...[{ since: START + 3 * DAY }, { until: START + DAY }, { since: START + 2 * DAY, until: START + 2 * DAY + HOUR }].map(
      (period): Case => [
        `frequent user ${Object.keys(period).join(' ')}`,
        { user: FREQUENT, ...period },
        (row) => row.recipient === FREQUENT && inPeriod(period)(row),
        'notifications_inbox',
      ],
    ),
    ['event', { event: eventId(7) }, (row) => eventOf(row) === 7, 'deliveries_once'],
    ['an event of another kind of id', { event: idOf('ntf', '7') }, () => false, 'deliveries_once'],
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

  /** Of the statement that reads the rows, the last one. */
  const planOf = async (filter: DeliveryFilter, after: string | null): Promise<string> => {
    const list = (watched: TestStore['dialect']) => createDeliveryAdmin(watched, () => START).list(filter, { limit: 50, after })
    return (await plansOf(store.dialect, list)).at(-1)!
  }

  it.each(cases)('by %s: reads an index, not the table', async (name, filter, _matches, index) => {
    const plan = await planOf(filter, values.at(-1)!.id)
    // The primary key of SQLite is the table itself.
    expect(plan).toContain(engine === 'sqlite' && index === 'deliveries_pkey' ? 'SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1' : index)
    expect(plan).not.toMatch(/Seq Scan on (deliveries|notifications)|SCAN (deliveries|n)\b/)
    // A user may have any number of deliveries: only those of one notification are put in order.
    if (name === 'frequent user') expect(plan).toMatch(/USE TEMP B-TREE FOR LAST TERM OF ORDER BY|Incremental Sort/)
  })

  it('of a user in a period: no entry before or after it is read', async () => {
    const bounds = async (filter: DeliveryFilter) => {
      const plan = await planOf({ user: FREQUENT, ...filter }, null)
      return engine === 'sqlite' ? /notifications_inbox \(([^)]*)\)/.exec(plan)?.[1] : /Index Cond: \(+user_id[^"]*/.exec(plan)?.[0]
    }
    expect(await bounds({})).toMatch(/^[^<>]+$/)
    expect(await bounds({ since: START + 3 * DAY })).toMatch(/n ?>/)
    expect(await bounds({ until: START + DAY })).toMatch(/n ?</)
  })

  it('find one by its own id alone, however another is written', async () => {
    const { get, list } = createDeliveryAdmin(store.dialect, () => START)
    const { id } = values[0]!
    expect((await get(id))?.row.id).toBe(id)
    const others = [
      id.toUpperCase(),
      `dlv_${id.slice(4).toUpperCase()}`,
      id.replace('dlv_', 'evt_'),
      id.slice(4),
      `${id}0`,
      id.slice(0, -1),
      `${id.slice(0, -1)}x`,
      '',
    ]
    for (const other of others) {
      expect(await get(other), other).toBeNull()
      expect((await list({ event: other }, { limit: 5, after: null })).rows, other).toEqual([])
    }
  })
})
