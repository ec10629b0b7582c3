import type { EventReport, Recipient } from '@carillon/client'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR, MINUTE, type Millis, toIso } from '../../src/domain/time.ts'
import type { TimeRule } from '../../src/routing/standing.ts'
import { createTestClock } from '../../src/testing.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

const person = fc.constantFrom('ana', 'ben', 'cleo')
const recipient: fc.Arbitrary<Recipient> = fc.oneof(
  person,
  fc.constant({ topic: 'bells' }),
  person.map((user) => ({ user, name: user.toUpperCase(), email: `${user}@example.com` })),
  person.map((user) => ({ user, email: `other-${user}@example.com`, locale: 'fr' })),
  fc.constantFrom('dora@example.com', 'guest@example.com', 'GUEST@example.com').map((email) => ({ email })),
)
/** `minutes` until it expires; `key`: its idempotency key, which it shares with equal reports of this history. */
const report = fc.record(
  {
    type: fc.constantFrom('bell.rung', 'bell.silent'),
    to: fc.array(recipient, { maxLength: 4 }),
    data: fc.record({ n: fc.nat(9) }),
    actor: person,
    dedupKey: fc.constantFrom('one', 'two'),
    channels: fc.subarray(['email', 'webhook', 'in_app'], { minLength: 1 }),
    priority: fc.constantFrom('low', 'urgent'),
    tags: fc.subarray(['red', 'blue']),
    minutes: fc.constantFrom(1, 30),
    key: fc.constantFrom('one', 'two'),
  },
  { requiredKeys: ['type', 'to'] },
)
type Given = typeof report extends fc.Arbitrary<infer T> ? T : never
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('report' as const), reports: fc.array(report, { minLength: 1, maxLength: 3 }) }) },
  // More than are planned in one transaction, and than a lane takes in hand: the others become tasks, or wait in the queue.
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crowd' as const), urgent: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), back: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hold' as const), on: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), minutes: fc.constantFrom(2, 60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wish' as const), who: person, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('place' as const), who: person }) },
)
const CROWD = 320
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Holds mail for half an hour, at its planning and at its attempt. */
const rule = { on: false }
const timeRules = (['plan', 'attempt'] as const).map(
  (moment): TimeRule => ({
    reason: 'quiet_hours',
    moments: [moment],
    until: (_standing, channel, { now }) => (rule.on && channel.name === 'email' ? now + 30 * MINUTE : null),
  }),
)
let histories = 0

/** The same history on two hubs: one plans events that name their people when it accepts them, the other makes a task of every event. */
describe.each(engines)('any history leaves the same tables, whichever way its events took (%s)', (engine) => {
  const worlds: World[] = []
  beforeAll(async () => {
    // With this switch every event needs its task.
    const tasks = { NODE_ENV: 'test', CARILLON_FAULT: 'enqueue_after_commit=on' }
    for (const env of [{}, tasks]) worlds.push(await openWorld(engine, { clock: createTestClock(), env, timeRules }))
    for (const world of worlds) {
      const hub = world.client()
      for (const key of ['bell.rung', 'bell.silent'])
        await hub.eventTypes.put(key, { category: 'bells', templates: { default: { title: 'Bell {{ data.n }} for {{ user.name }}', body: '' } } })
      await world.tellOperators('bell.rung')
      await hub.users.put('dora', { email: 'dora@example.com' })
      await hub.topics.put('bells', { open: true })
      for (const name of ['ana', 'ben']) await world.client(name).me.subscribe('bells')
    }
  })
  afterAll(() => Promise.all(worlds.map((world) => world.stop())))

  it('notifications, decisions, deliveries, attempts, messages, people and keys', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const tables: unknown[] = []
        const history = histories++
        for (const world of worlds) {
          await world.app.dialect.db.deleteFrom('dedup_keys').execute()
          rule.on = false
          const events = await play(world, steps, history)
          // All holds end.
          rule.on = false
          world.clock.advance(HOUR)
          await world.atRest()
          tables.push(await rowsOf(world, events))
        }
        expect(tables[0]).toEqual(tables[1])
      }),
      { numRuns: 10 },
    )
  }, 120_000)
})

async function play(world: World, steps: readonly Step[], history: number): Promise<string[]> {
  const hub = world.client()
  const events: string[] = []
  const note = (items: readonly object[]) => {
    for (const item of items) if ('id' in item && typeof item.id === 'string') events.push(item.id)
  }
  for (const one of steps) {
    if (one.do === 'report') {
      const reports = one.reports.map((given) => asReport(given, world.clock.now()))
      const together = reports.filter((_, n) => one.reports[n]!.key === undefined)
      if (together.length > 0) note((await hub.events.reportBatch(together)).items)
      for (const [n, given] of one.reports.entries())
        if (given.key !== undefined) note([await hub.events.report(reports[n]!, { idempotencyKey: `${history}-${given.key}` }).catch(() => ({}))])
    } else if (one.do === 'crowd') {
      const report: EventReport = { type: 'bell.silent', to: [{ email: 'guest@example.com' }], ...(one.urgent && { priority: 'urgent' }) }
      note((await hub.events.reportBatch(Array.from({ length: CROWD }, () => report))).items)
    } else if (one.do === 'cancel') {
      const id = events.at(-1 - one.back)
      if (id !== undefined) await hub.events.cancel(id).catch(() => {})
    } else if (one.do === 'hold') rule.on = one.on
    else if (one.do === 'pass') world.clock.advance(one.minutes * MINUTE)
    else {
      const { me } = world.client(one.who)
      if (one.do === 'wish') await me.putRouting({ routes: { 'bell.rung': { webhook: one.on } } }).catch(() => {})
      else await me.putDestination('webhook', { url: `${world.hooks.url}/${one.who}` }).catch(() => {})
    }
    // Both have done the same before the next step begins.
    await world.atRest()
  }
  return events
}

const asReport = ({ minutes, key: _, ...report }: Given, now: Millis): EventReport => ({
  ...report,
  ...(minutes !== undefined && { expiresAt: toIso(now + minutes * MINUTE) }),
})

/** All that these events left, with ids that are different on every hub replaced by the order in which they appear. */
async function rowsOf({ app, hooks, mail }: World, events: readonly string[]): Promise<string[]> {
  const { db, amongIds } = app.dialect
  const ids = amongIds('evt', events)
  const those = sql`(select n from events where id in ${ids})`
  // Numbers are drawn when rows are written: a task of the same batch has its number from another statement.
  const reported = (event: ReturnType<typeof sql>) => sql`(select e.id from events e where e.n = ${event})`
  const queries = [
    sql`select e.type, e.state, e.dedup_key from events e where e.id in ${ids} order by e.id`,
    sql`select n.user_id, n.visible, n.category, s.body from notifications n join decision_sets s on s.id = n.decision_set where n.event in ${those} order by ${reported(sql`n.event`)}, n.user_id`,
    sql`select d.recipient, d.channel, d.decision, d.reason, d.detail from decisions d where d.event_id in ${ids} order by d.event_id, d.recipient, d.channel, d.reason`,
    sql`select d.recipient, d.channel, d.state, d.attempts, d.crashes, d.priority, d.error_code, d.notification is null as bare, d.owner, d.tried_at is null as told
      from deliveries d where d.event in ${those} order by ${reported(sql`d.event`)}, d.recipient, d.channel`,
    sql`select a.n, a.outcome, a.code, a.status from attempts a join deliveries d on d.id = a.delivery_id where d.event in ${those}
      order by ${reported(sql`d.event`)}, d.recipient, d.channel, a.n`,
    sql`select m.body from sent_messages m join deliveries d on d.id = m.delivery_id where d.event in ${those} order by ${reported(sql`d.event`)}, d.recipient, d.channel`,
    sql`select id, email, name, locale, timezone, data, active from users order by id`,
    sql`select email, name, locale from addresses order by email`,
    sql`select user_id, channel, body, confirmed_at is null as waiting from destinations order by user_id, channel, body`,
    sql`select k.recipient, k.event_type, k.key from dedup_keys k order by k.recipient, k.event_type, k.key`,
  ]
  const rows: string[] = []
  for (const query of queries) for (const row of (await query.execute(db)).rows) rows.push(JSON.stringify(row))
  const known = new Map<string, string>()
  const plain = (text: string) =>
    text
      .replaceAll(String(hooks.port), 'PORT')
      .replaceAll(String(mail.port), 'MAIL')
      .replace(/\b(evt|ntf|dlv|con|dst)_[0-9a-f]{32}\b/g, (id) => {
        if (!known.has(id)) known.set(id, `${id.slice(0, 4)}${known.size}`)
        return known.get(id)!
      })
  return rows.map(plain)
}
