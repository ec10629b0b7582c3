import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { healthy } from '../connections/health.ts'
import { NOON } from '../domain/testing/samples.ts'
import { MINUTE } from '../domain/time.ts'
import { createAdmission } from '../pipeline/admission.ts'
import { createHealthStore } from '../storage/connections/health-store.ts'
import { aNewConnection, plainConnections } from '../storage/testing/connections.ts'
import { hubGauges } from './gauges.ts'
import { createMetrics } from './metrics.ts'

describe.each(engines)('connection gauges (%s)', (engine) => {
  let store: TestStore
  let now = NOON
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  it('show the intake as closed while the hub is full, the database is away or the hub stops', async () => {
    const state = { depth: 0, away: false }
    const admission = createAdmission({
      depth: async () => {
        if (state.away) throw new Error('away')
        return state.depth
      },
      freeBytes: async () => null,
      highWater: 5,
      diskFloor: 0,
    })
    const metrics = createMetrics()
    const nothing = { issues: () => [], unknownTasks: async () => [], sendingHeld: () => false, nextDue: async () => new Map(), oldestTask: async () => 0 }
    hubGauges(metrics, { ...nothing, dialect: store.dialect, admission, clock: () => now })
    const open = async () => {
      await admission.measure().catch(() => {})
      return /^carillon_intake_open (\d)$/m.exec(await metrics.text())?.[1]
    }
    expect(await open()).toBe('1')
    state.depth = 5
    expect(await open()).toBe('0')
    state.depth = 4
    expect(await open()).toBe('1')
    state.away = true
    expect(await open()).toBe('0')
    state.away = false
    expect(await open()).toBe('1')
    admission.stop()
    expect(await open()).toBe('0')
  })

  it('show a connection as blocked until its block ends, and its level after that too', async () => {
    const { dialect } = store
    const clock = () => now
    const connections = plainConnections(dialect, clock)
    const by = { actor: 'root', requestId: null }
    const [down] = [await connections.create(aNewConnection('Down'), by), await connections.create(aNewConnection('Well'), by)]
    const health = createHealthStore(dialect)
    const blocked = { ...healthy(down), level: 2, failures: 7, initialFailureAt: NOON - MINUTE, blockedUntil: NOON + 15 * MINUTE }
    await dialect.db.transaction().execute((trx) => health.save(trx, [blocked], []))

    const metrics = createMetrics()
    hubGauges(metrics, {
      dialect,
      admission: createAdmission({ depth: async () => 0, freeBytes: async () => null, highWater: 1, diskFloor: 0 }),
      issues: () => [],
      unknownTasks: async () => [],
      sendingHeld: () => false,
      nextDue: async () => new Map(),
      oldestTask: async () => 0,
      clock,
    })
    const read = async () =>
      Object.fromEntries(
        [...(await metrics.text()).matchAll(/^carillon_connection_(\w+)\{connection="(\w+)".*\} (\d)$/gm)].map(([, what, name, n]) => [`${name} ${what}`, n]),
      )

    expect(await read()).toEqual({ 'Down blocked': '1', 'Down level': '2', 'Well blocked': '0', 'Well level': '0' })
    now += 15 * MINUTE - 1
    expect(await read()).toMatchObject({ 'Down blocked': '1' })
    now += 1
    expect(await read()).toEqual({ 'Down blocked': '0', 'Down level': '2', 'Well blocked': '0', 'Well level': '0' })
  })
})
