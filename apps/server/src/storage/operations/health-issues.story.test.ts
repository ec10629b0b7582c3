import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import type { Event } from '../../domain/event.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { createHealthIssues } from './health-issues.ts'

describe.each(engines)('health issues (%s)', (engine) => {
  let store: TestStore
  let now = NOON
  const raised: Event[] = []
  beforeAll(async () => {
    store = await openTestStore(engine)
    await connection('con_1', 'Office mail', 'email')
    await connection('con_2', 'Backup', 'email')
    await connection('con_3', 'Off', 'email', { enabled: 0 })
    await connection('con_4', 'Team mail', 'email', { personal: 0 })
    await connection('con_5', 'Apprise', 'apprise')
  })
  afterAll(() => store.close())

  /** A node that has just started. */
  const node = () =>
    createHealthIssues({
      dialect: store.dialect,
      clock: () => now,
      builtIn: ['apprise'],
      tell: async (_trx, events) => void raised.push(...events),
    })
  const connection = (id: string, name: string, channel: string, more: { enabled?: 0; personal?: 0 } = {}) =>
    store.dialect.db
      .insertInto('connections')
      .values({
        ...{ id, name, name_key: name, provider: 'log', channel, settings: '{}', destination: null, personal: 1, events: '[]', tags: '[]' },
        ...{ min_severity: null, priority: 0, enabled: 1, created_at: 0, updated_at: 0 },
        ...more,
      })
      .execute()
  const blocked = (target: string) =>
    store.dialect.db
      .insertInto('target_health')
      .values({
        ...{ target, initial_failure_at: 1, most_recent_failure_at: 1, level: 1, blocked_until: NOON, paused_until: null, failures: 1, last_error: 'x' },
      })
      .execute()
  const works = (target: string) => store.dialect.db.deleteFrom('target_health').where('target', '=', target).execute()
  /** The events that one more look raises. */
  const newEvents = async (look = async () => void (await node().settle())) => {
    raised.length = 0
    await look()
    return raised.map(({ type, severity, data }) => [type, severity, data['source'], data['level']])
  }

  it('raise each change of a level once, also after a restart', async () => {
    expect(await newEvents()).toEqual([])
    await blocked('con_1')
    expect(await newEvents()).toEqual([['health.issue', 'warning', 'connections.email', 'warning']])
    expect(await newEvents()).toEqual([])
    now += 1000
    await blocked('con_2')
    expect(await newEvents()).toEqual([['health.issue', 'error', 'connections.email', 'error']])
    expect(await node().settle()).toMatchObject([{ source: 'connections.email', level: 'error', since: now }])
    now += 1000
    expect(await node().settle(), 'since when it is an error').toMatchObject([{ since: now - 1000 }])
    await works('con_1')
    expect(await newEvents()).toEqual([['health.issue', 'warning', 'connections.email', 'warning']])
    await works('con_2')
    expect(await newEvents()).toEqual([['health.restored', 'success', 'connections.email', 'warning']])
    expect(await node().settle()).toEqual([])
  })

  it('update their message without a new event', async () => {
    await blocked('con_1')
    await newEvents()
    await works('con_1')
    await blocked('con_2')
    expect(await newEvents()).toEqual([])
    expect(await node().settle()).toMatchObject([{ level: 'warning', message: expect.stringContaining('Backup') }])
    await works('con_2')
    await newEvents()
  })

  it('are raised by one node, however many see them at once', async () => {
    await blocked('con_1')
    await blocked('con_2')
    const nodes = Array.from({ length: 8 }, node)
    expect(await newEvents(async () => void (await Promise.all(nodes.map(({ settle }) => settle()))))).toEqual([
      ['health.issue', 'error', 'connections.email', 'error'],
    ])
    await works('con_1')
    await works('con_2')
    expect(await newEvents(async () => void (await Promise.all(nodes.map(({ settle }) => settle()))))).toHaveLength(1)
  })

  it('ignore disabled and shared connections, and are never an error where the built-in connection serves the channel', async () => {
    await blocked('con_3')
    await blocked('con_4')
    expect(await newEvents()).toEqual([])
    await blocked('con_5')
    expect(await newEvents()).toEqual([['health.issue', 'warning', 'connections.apprise', 'warning']])
  })
})
