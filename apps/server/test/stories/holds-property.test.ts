import type { Client, EventReport, Recipient } from '@carillon/client'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR, MINUTE, toIso } from '../../src/domain/time.ts'
import type { Moment, TimeRule } from '../../src/routing/standing.ts'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, smtpSettings, told, type World } from './world.ts'

const MOMENTS: Moment[] = ['plan', 'release', 'attempt']
const PEOPLE = 3

/** The steps of a history. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      people: fc.uniqueArray(fc.nat(PEOPLE - 1), { minLength: 1 }),
      guest: fc.boolean(),
      own: fc.boolean(),
      dedup: fc.constantFrom(null, null, 'one', 'two'),
      expires: fc.constantFrom(null, null, 20, 90),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), minutes: fc.constantFrom(1, 15, 45, 100) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('rule' as const),
      moments: fc.constantFrom<Moment[]>([], ['plan'], ['plan'], ['plan', 'release'], ['attempt'], MOMENTS),
      reason: fc.constantFrom('quiet_hours' as const, 'digest' as const, 'rate_limited' as const),
      minutes: fc.constantFrom(10, 30, 60),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), back: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wish' as const), people: fc.uniqueArray(fc.nat(PEOPLE - 1), { minLength: 2 }), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('connection' as const), there: fc.boolean() }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Transactions that break off: for the tables the same as a process that dies in them. */
const BREAKS = [2, 5, 9, 14, 20, 27].flatMap((n) => [
  `release.before_commit@${n}=throw`,
  `release.after_commit@${n + 1}=throw`,
  `record.before_commit@${n * 3}=throw`,
])

describe.each(engines)('any history of events, holds, releases, cancels and expiry on %s', (engine) => {
  let world: World
  let run = 0
  const rule = { moments: [] as Moment[], reason: 'quiet_hours' as TimeRule['reason'], minutes: 0 }
  const rules = MOMENTS.map(
    (moment): TimeRule => ({
      get reason() {
        return rule.reason
      },
      moments: [moment],
      until: (_standing, channel, { now }) => (rule.moments.includes(moment) && channel.name === 'email' ? now + rule.minutes * MINUTE : null),
    }),
  )
  beforeAll(async () => {
    world = await openWorld(engine, { timeRules: rules, unconnected: true, env: { NODE_ENV: 'test', CARILLON_FAULT: BREAKS.join(',') } })
    await world.client().eventTypes.put('bell.rung', { category: 'bells', templates: { default: { title: 'Bell', body: '' } } })
    // Mail is not the only channel, so that a hub without it is not in log-only mode.
    await world.client().connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
  })
  afterAll(() => world.stop())

  const mailServers = async (hub: Client) => (await hub.connections.list()).items.filter(({ channel }) => channel === 'email')
  async function connect(hub: Client, there: boolean): Promise<void> {
    const servers = await mailServers(hub)
    if (there && servers.length === 0) await hub.connections.create({ provider: 'smtp', name: 'Mail', settings: smtpSettings(world.mail), personal: true })
    if (!there) for (const { id } of servers) await hub.connections.delete(id)
  }

  /** Runs a history; returns its events. */
  async function play(hub: Client, n: number, steps: readonly Step[]): Promise<string[]> {
    const events: string[] = []
    for (const one of steps) {
      if (one.do === 'pass') world.clock.advance(one.minutes * MINUTE)
      if (one.do === 'rule') Object.assign(rule, one)
      if (one.do === 'connection') await connect(hub, one.there)
      if (one.do === 'wish') for (const i of one.people) await world.client(`p${n}-${i}`).me.patchPreferences({ channels: { email: one.on } })
      if (one.do === 'cancel' && events.length > 0) await hub.events.cancel(events.at(-1 - one.back) ?? events[0]!).catch(() => {})
      if (one.do === 'report') {
        const to: Recipient[] = one.people.map((i) => `p${n}-${i}`)
        if (one.guest) to.push({ email: `guest${n}@example.com` })
        // The address of the first person, who may also be named by id.
        if (one.own) to.push({ email: `p${n}-0@example.com` })
        const report: EventReport = {
          type: 'bell.rung',
          to,
          ...(one.dedup !== null && { dedupKey: `${n}-${one.dedup}` }),
          ...(one.expires !== null && { expiresAt: toIso(world.clock.now() + one.expires * MINUTE) }),
        }
        const foretold = told(...(await hub.events.explain(report)).items)
        const { id } = await hub.events.report(report)
        await world.atRest()
        const happened = await decisionsOf(hub, id)
        const first = Object.fromEntries(Object.entries(happened).map(([who, said]) => [who, said.split(', then ')[0]]))
        expect(foretold, 'explain says what is decided').toEqual(first)
        events.push(id)
      }
      await world.atRest()
    }
    return events
  }

  it('ends every planned delivery in exactly one state, and every sent one was received once', async () => {
    const hub = world.client()
    const ends = new Set<string>()
    const reasons = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20, size: 'max' }), async (steps) => {
        const n = run++
        Object.assign(rule, { moments: [], minutes: 0 })
        await connect(hub, true)
        await hub.users.putBatch(Array.from({ length: PEOPLE }, (_, i) => ({ id: `p${n}-${i}`, email: `p${n}-${i}@example.com` })))
        const events = await play(hub, n, steps)
        // All holds end.
        Object.assign(rule, { moments: [] })
        await connect(hub, true)
        await world.atRest()
        world.clock.advance(2 * HOUR)
        await world.atRest()
        world.clock.advance(2 * HOUR)
        await world.atRest()

        let sent = 0
        for (const event of events) {
          for await (const { state, errorCode, id } of hub.deliveries.all({ event })) {
            expect(['sent', 'suppressed', 'cancelled', 'expired'], `${id} ${errorCode}`).toContain(state)
            if (state === 'sent') sent++
            ends.add(state)
          }
          for (const said of Object.values(await decisionsOf(hub, event))) for (const part of said.split(', then ')) reasons.add(part)
        }
        expect(world.mail.mails.filter(({ to }) => to[0]!.includes(`${n}-`) || to[0] === `guest${n}@example.com`)).toHaveLength(sent)
      }),
      { numRuns: 14, seed: 20261130, endOnFailure: true },
    )
    expect([...ends].sort(), 'the generator must reach every end').toEqual(['cancelled', 'expired', 'sent', 'suppressed'])
    expect([...reasons], 'and every hold').toEqual(
      expect.arrayContaining(['hold quiet_hours', 'hold digest', 'hold rate_limited', 'skip duplicate', 'skip channel_off', 'deliver routed']),
    )
  })
})
