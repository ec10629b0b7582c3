import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE, SECOND, toIso } from '../../src/domain/time.ts'
import type { Moment, TimeRule } from '../../src/routing/standing.ts'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, statesOf, until, type World } from './world.ts'

const MOMENTS: Moment[] = ['plan', 'release', 'attempt']
/** What the rule says of Ben at its moments; a throw is that of a pack. */
const rule: { moments: Moment[]; says: () => number | null } = { moments: [], says: () => null }
const timeRules = MOMENTS.map(
  (moment): TimeRule => ({
    reason: 'quiet_hours',
    moments: [moment],
    until: ({ recipient }) => (recipient === 'ben' && rule.moments.includes(moment) ? rule.says() : null),
  }),
)

describe.each(engines)('what waits in memory (%s)', (engine) => {
  let world: World
  let connection: string
  beforeAll(async () => {
    world = await openWorld(engine, { timeRules })
    const hub = world.client()
    for (const name of ['ana', 'ben', 'cleo']) await world.client(name).me.putDestination('webhook', { url: `${world.hooks.url}/${name}` })
    await hub.eventTypes.put('bell.rung', { channels: { webhook: true }, templates: { default: { title: '{{ data.n }}', body: '' } } })
    connection = (await hub.connections.list()).items.find(({ provider }) => provider === 'webhook')!.id
    // The lane has to have seen its queue empty once.
    await hub.events.report(bell(0, 'ana'))
    await world.atRest()
  })
  afterEach(async () => {
    rule.moments = []
    await world.client().connections.patch(connection, { limits: null })
    await world.atRest()
  })
  afterAll(() => world.stop())

  const bell = (n: number, user: string, more: object = {}) => ({ type: 'bell.rung', to: [user], data: { n }, ...more })
  const report = async (n: number, user: string, more: object = {}) => (await world.client().events.report(bell(n, user, more))).id
  const heard = () => world.hooks.requests.map(({ body }) => JSON.parse(body).title)
  const state = async (id: string, user = 'ben') => (await statesOf(world.client(), id))[`${user} webhook`]

  /** Occupies the connection with four that hang; returns what ends them. */
  async function occupied(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    world.hooks.respond(() => promise.then(() => 200))
    await world.client().connections.patch(connection, { limits: { concurrency: 4 } })
    const before = world.hooks.requests.length
    for (let n = 1; n <= 4; n++) await report(n, 'ana')
    await until(() => world.hooks.requests.length === before + 4, 'four requests')
    return resolve
  }

  /** Reports to Ben what then waits in memory. */
  async function waiting(n: number, more: object = {}): Promise<string> {
    const id = await report(n, 'ben', more)
    expect(await state(id)).toBe('sending')
    return id
  }

  it('expires', async () => {
    const release = await occupied()
    const id = await waiting(10, { expiresAt: toIso(world.clock.now() + MINUTE) })
    world.clock.advance(2 * MINUTE)
    release()
    await world.atRest()
    expect(await state(id)).toBe('expired')
    expect(heard()).not.toContain('10')
  })

  it('is held when a rule holds it meanwhile, and sent at the end of the hold', async () => {
    const release = await occupied()
    const id = await waiting(11)
    const end = world.clock.now() + MINUTE
    Object.assign(rule, { moments: ['attempt'], says: () => end })
    world.clock.advance(1.5 * SECOND)
    release()
    await until(async () => (await state(id)) === 'held', 'the hold')
    expect(heard()).not.toContain('11')
    rule.moments = []
    world.clock.advance(MINUTE)
    await world.atRest()
    expect(await state(id)).toBe('sent')
    expect(heard().filter((title) => title === '11')).toHaveLength(1)
  })

  it('is known to a dedup key: a second report of it is skipped', async () => {
    const release = await occupied()
    const first = await waiting(13, { dedupKey: 'thirteen' })
    const second = await report(13, 'ben', { dedupKey: 'thirteen' })
    expect(await decisionsOf(world.client(), second)).toMatchObject({ 'ben *': 'skip duplicate' })
    release()
    await world.atRest()
    expect(await state(first)).toBe('sent')
    expect(heard().filter((title) => title === '13')).toHaveLength(1)
  })

  it('keeps to a limit that is set meanwhile', async () => {
    const release = await occupied()
    const ids = [await waiting(14), await report(15, 'cleo')]
    await world.client().connections.patch(connection, { limits: { rate: { count: 1, perSeconds: 3600 } } })
    await until(() => world.app.registry.find(connection)?.limits?.rate !== undefined, 'the limit on this node')
    world.app.pipeline.wake()
    world.clock.advance(1.5 * SECOND)
    release()
    const states = async () => [await state(ids[0]!), await state(ids[1]!, 'cleo')]
    await until(async () => (await states()).includes('sent'), 'the first of them')
    for (let looks = 0; looks < 10; looks++) {
      world.app.pipeline.wake()
      expect((await states()).filter((one) => one === 'sent')).toHaveLength(1)
    }
    world.clock.advance(61 * MINUTE)
    await world.atRest()
    expect(await states()).toEqual(['sent', 'sent'])
  })

  it('is put off by itself when a rule of a pack throws; what was reported with it is sent', async () => {
    world.hooks.respond(200)
    Object.assign(rule, {
      moments: ['attempt'],
      says() {
        throw new Error('a rule of a pack')
      },
    })
    const { items } = await world.client().events.reportBatch([bell(16, 'ana'), bell(17, 'ben'), bell(18, 'cleo')])
    const ids = items.map((item) => ('id' in item ? item.id : ''))
    await until(async () => (await state(ids[0]!, 'ana')) === 'sent' && (await state(ids[2]!, 'cleo')) === 'sent', 'the others')
    await until(async () => (await state(ids[1]!)) === 'queued', 'its return')
    expect(world.app.pipeline.inFlight()).toBe(0)
    rule.moments = []
    world.clock.advance(10 * SECOND)
    await world.atRest()
    expect(await state(ids[1]!)).toBe('sent')
  })

  it('is what could be planned: only the report whose planning fails becomes a task', async () => {
    world.hooks.respond(200)
    Object.assign(rule, {
      moments: ['plan'],
      says() {
        throw new Error('a rule of a pack')
      },
    })
    const ids = await Promise.all(['ana', 'ben', 'cleo'].map((user, n) => report(20 + n, user)))
    const events = await Promise.all(ids.map((id) => world.client().events.get(id)))
    expect(events.map((event) => event.state)).toEqual(['planned', 'accepted', 'planned'])
    rule.moments = []
    world.clock.advance(10 * MINUTE)
    await world.atRest()
    expect(await state(ids[1]!)).toBe('sent')
  })

  // The last one: a connection that was off opens slowly.
  it('goes back to the queue when its connection is switched off, and is sent when it is on again', async () => {
    const release = await occupied()
    const id = await waiting(12)
    await world.client().connections.patch(connection, { enabled: false })
    await until(async () => (await state(id)) === 'queued' || (await state(id)) === 'held', 'its return')
    release()
    await until(async () => (await world.client().deliveries.list({ recipient: 'ana' })).items.every((one) => one.state === 'sent'), 'the end of the others')
    expect(heard()).not.toContain('12')
    await world.client().connections.patch(connection, { enabled: true })
    await world.atRest()
    expect(await state(id)).toBe('sent')
  })
})
