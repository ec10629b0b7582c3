import { type Client, createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_CRASHES } from '../../src/domain/task.ts'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { engines } from '../setup/engines.ts'
import { until } from '../stories/world.ts'
import { buildTown, type Town } from './town.ts'

const PEOPLE = 30
/** PostgreSQL may notice the end of the previous process a moment late: the next one looks again after a quarter of a lease. */
const QUICK = { CARILLON_LEASE_SECONDS: '2' }

describe.each(engines)('quarantine of work that kills the process (%s)', (engine) => {
  let town: Town
  beforeAll(async () => {
    town = await buildTown(engine, 2 * PEOPLE)
  })
  afterAll(() => town.close())

  /** Restarts the hub, as a supervisor does, until it stays up and has finished all work; returns how often it died. */
  async function supervise(fault: string): Promise<number> {
    for (let deaths = 0; deaths < 10; deaths++) {
      const child = town.process(fault, QUICK)
      const address = await child.address.catch(() => null)
      if (address !== null) {
        const client = createClient({ baseUrl: address, token: TEST_ROOT_KEY, retries: 0 })
        await until(async () => child.hasEnded() || (await isDone(client).catch(() => false)), `an end of the work, or of the hub:\n${child.log()}`)
        child.signal('SIGTERM')
      }
      const { code, signal } = await child.ended
      if (code === 0) return deaths
      expect(signal).toBe('SIGKILL')
    }
    throw new Error('the hub never stays up')
  }

  /** Reports to a hub that only accepts events, so that all of them are stored when the first worker starts. */
  async function takeIn(reports: { type: string; user: string }[]): Promise<string[]> {
    const intake = await town.hub('api')
    await intake.client().eventTypes.put('bell.cursed', { channels: { in_app: true, webhook: true } })
    const { items } = await intake.client().events.reportBatch(reports.map(({ type, user }, n) => ({ type, to: [user], data: { n } })))
    await intake.stop()
    return items.flatMap((item) => ('id' in item ? [item.id] : []))
  }

  it('applies to one delivery: it fails after three crashes, and the others arrive', async () => {
    const users = town.users.slice(0, PEOPLE)
    const cursed = users[7]!
    await takeIn(users.map((user) => ({ type: town.eventType, user })))

    expect(await supervise(`send.before:${cursed}=kill`)).toBe(MAX_CRASHES)
    const hub = await town.hub()
    const { items: deliveries } = await hub.client().deliveries.list({ limit: 200 })
    expect(deliveries).toHaveLength(PEOPLE)
    expect(deliveries.filter(({ state }) => state !== 'sent')).toMatchObject([{ recipient: cursed, state: 'failed', errorCode: 'quarantined' }])
    expect(new Set(town.told().map(({ user }) => user))).toEqual(new Set(users.filter((user) => user !== cursed)))
    await hub.reconcile()
    await hub.stop()
  })

  it('applies to one fan-out: its event fails after three crashes, and the other events are delivered', async () => {
    const users = town.users.slice(PEOPLE, 2 * PEOPLE)
    const cursed = users[7]!
    const ids = await takeIn(users.map((user) => ({ type: user === cursed ? 'bell.cursed' : town.eventType, user })))

    expect(await supervise('route.before:bell.cursed=kill')).toBe(MAX_CRASHES)
    const hub = await town.hub()
    const { items: events } = await hub.client().events.list({ limit: 200 })
    expect(events.filter(({ id, state }) => ids.includes(id) && state !== 'planned')).toMatchObject([{ type: 'bell.cursed', to: [cursed], state: 'failed' }])
    const notified = new Set(town.told().flatMap(({ eventId, user }) => (ids.includes(eventId) ? [user] : [])))
    expect(notified).toEqual(new Set(users.filter((user) => user !== cursed)))
    await hub.reconcile()
    await hub.stop()
  })
})

/** Checks in the order in which work moves on, so that none is missed between two looks. */
async function isDone({ events, deliveries }: Client): Promise<boolean> {
  if ((await events.list({ state: 'accepted' })).items.length > 0) return false
  const { items } = await deliveries.list({ limit: 200 })
  return items.every(({ state }) => state === 'sent' || state === 'failed')
}
