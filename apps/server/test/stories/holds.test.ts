import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { HoldReason } from '../../src/domain/decision.ts'
import { HOUR, MINUTE, toIso } from '../../src/domain/time.ts'
import type { Moment, TimeRule } from '../../src/routing/standing.ts'
import { codeOf } from '../../src/storage/delivery-states.ts'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, statesOf, until, type World } from './world.ts'

/** A time rule as later versions will have them; each story sets its reason, its moments and its end. */
const held: { moments: Moment[]; reason: HoldReason; until: number | null; channel: string } = {
  moments: [],
  reason: 'quiet_hours',
  until: null,
  channel: 'email',
}
const rules = (['plan', 'release', 'attempt'] as const).map(
  (moment): TimeRule => ({
    get reason() {
      return held.reason
    },
    moments: [moment],
    until: (_standing, channel) => (held.moments.includes(moment) && channel.name === held.channel ? held.until : null),
  }),
)

describe.each(engines)('held deliveries on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine, { timeRules: rules })
    const hub = world.client()
    await hub.eventTypes.put('build.failed', { category: 'ci', templates: { default: { title: 'Build {{ data.n }}', body: 'It failed.' } } })
    await hub.users.put('ana', { email: 'ana@example.com' })
  })
  beforeEach(() => {
    Object.assign(held, { moments: ['plan'], reason: 'quiet_hours', until: world.clock.now() + HOUR, channel: 'email' })
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  const report = async (more: object = {}) => {
    const { id } = await world.client().events.report({ type: 'build.failed', to: ['ana'], data: { n: 7 }, ...more })
    await world.atRest()
    return id
  }
  const delivery = async (event: string) => (await world.client().deliveries.list({ event })).items[0]!
  const lines = async (event: string) => {
    const found: string[] = []
    for await (const { channel, decision, reason, detail } of world.client().events.decisions(event))
      if (channel === 'email') found.push(`${decision} ${reason}${detail === null ? '' : ` (${detail})`}`)
    return found
  }
  const pass = async (ms: number) => {
    world.clock.advance(ms)
    await world.atRest()
  }

  it('wait until their time, show it, and are decided again and sent then', async () => {
    const before = world.mail.mails.length
    const at = toIso(held.until!)
    const foretold = (await world.client().events.explain({ type: 'build.failed', to: ['ana'], data: {} })).items.find(({ channel }) => channel === 'email')
    expect(foretold).toMatchObject({ decision: 'hold', reason: 'quiet_hours', detail: `until ${at}` })

    const id = await report()
    expect(await delivery(id)).toMatchObject({ state: 'held', heldFor: 'quiet_hours', heldUntil: at, attempts: 0, connection: null })
    expect(await lines(id)).toEqual([`hold quiet_hours (until ${at})`])
    expect((await world.client('ana').inbox.list()).items[0]).toMatchObject({ title: 'Build 7' })

    await pass(HOUR - 1)
    expect((await delivery(id)).state).toBe('held')
    await pass(1)
    expect(await delivery(id)).toMatchObject({ state: 'sent', heldFor: null, heldUntil: null, attempts: 1 })
    expect(await lines(id)).toEqual(['hold quiet_hours', `deliver routed (held for quiet_hours until ${at})`])
    expect(world.mail.mails.length).toBe(before + 1)
  })

  it('are suppressed when they are no longer wanted at their time', async () => {
    const id = await report()
    await world.client('ana').me.patchPreferences({ channels: { email: false } })
    await pass(HOUR)
    const { id: dlv, ...row } = await delivery(id)
    expect(row).toMatchObject({ state: 'suppressed', errorCode: 'channel_off', attempts: 0 })
    expect(await lines(id)).toEqual(['hold quiet_hours', `skip channel_off (${dlv}: decided again when its hold ended)`])
    await world.client('ana').me.patchPreferences({ channels: { email: true } })
  })

  it('may be held again at their time, for another reason', async () => {
    const id = await report()
    const next = world.clock.now() + 3 * HOUR
    Object.assign(held, { moments: ['release'], reason: 'rate_limited', until: next })
    await pass(HOUR)
    expect(await delivery(id)).toMatchObject({ state: 'held', heldFor: 'rate_limit', heldUntil: toIso(next) })
    held.moments = []
    await pass(2 * HOUR)
    expect((await delivery(id)).state).toBe('sent')
    expect(await lines(id)).toEqual([
      `hold quiet_hours`,
      `hold rate_limited (until ${toIso(next)})`,
      `deliver routed (held for rate_limit until ${toIso(next)})`,
    ])
  })

  it('are held at the start of an attempt without using one up', async () => {
    Object.assign(held, { moments: ['attempt'] })
    const at = toIso(held.until!)
    const id = await report()
    expect(await delivery(id)).toMatchObject({ state: 'held', heldFor: 'quiet_hours', heldUntil: at, attempts: 0 })
    expect((await world.client().deliveries.get((await delivery(id)).id)).history).toEqual([])
    held.moments = []
    await pass(HOUR)
    expect(await delivery(id)).toMatchObject({ state: 'sent', attempts: 1 })
    expect(await lines(id)).toEqual(['deliver routed', `hold quiet_hours (until ${at})`, `deliver routed (held for quiet_hours until ${at})`])
  })

  it('are cancelled with their event', async () => {
    const id = await report()
    expect(await world.client().events.cancel(id)).toEqual({ cancelled: 1 })
    expect(await delivery(id)).toMatchObject({ state: 'cancelled', heldFor: null, heldUntil: null })
    await pass(HOUR)
    expect((await delivery(id)).state).toBe('cancelled')
  })

  it('expire with their event, at its time and not at that of the hold', async () => {
    const id = await report({ expiresAt: toIso(world.clock.now() + 10 * MINUTE) })
    expect((await delivery(id)).state).toBe('held')
    await pass(10 * MINUTE)
    expect(await delivery(id)).toMatchObject({ state: 'expired', errorCode: 'expired', heldFor: null })
  })

  it('claim the dedup key of their event', async () => {
    const first = await report({ dedupKey: 'build-7' })
    const second = await report({ dedupKey: 'build-7' })
    expect(await decisionsOf(world.client(), second)).toMatchObject({ 'ana *': 'skip duplicate' })
    await pass(HOUR)
    expect([await statesOf(world.client(), first), await statesOf(world.client(), second)]).toEqual([{ 'ana email': 'sent' }, {}])
  })

  it('of bare addresses are held and released like those of users', async () => {
    const id = await report({ to: [{ email: 'guest@example.com' }] })
    expect(await delivery(id)).toMatchObject({ state: 'held', heldUntil: toIso(held.until!) })
    expect(await lines(id)).toEqual([`hold quiet_hours (until ${toIso(held.until!)})`])
    await pass(HOUR)
    expect((await delivery(id)).state).toBe('sent')
    expect(world.mailsTo('guest@example.com')).toHaveLength(1)
  })

  it.each<[moment: Moment, verdict: 'deliver' | 'hold' | 'skip', ends: string | undefined]>([
    ['plan', 'deliver', 'sent'],
    ['plan', 'hold', 'held'],
    ['plan', 'skip', undefined],
    ['release', 'deliver', 'sent'],
    ['release', 'hold', 'held'],
    ['release', 'skip', 'suppressed'],
    ['attempt', 'deliver', 'sent'],
    ['attempt', 'hold', 'held'],
    ['attempt', 'skip', 'suppressed'],
  ])('have one state for each verdict at each moment: %s, %s', async (moment, verdict, ends) => {
    const own = world.client('ana').me
    await own.putDestination('webhook', { url: `${world.hooks.url}/ana` })
    Object.assign(held, { channel: 'webhook', moments: moment === 'release' ? ['plan'] : [] })
    const decide = async () => {
      if (verdict === 'hold') Object.assign(held, { moments: [moment], until: world.clock.now() + 3 * HOUR })
      else held.moments = []
      if (verdict === 'skip') await own.patchPreferences({ channels: { webhook: false } })
    }
    if (moment === 'plan') await decide()
    // The first attempt fails, so that there is a second one to look again.
    if (moment === 'attempt') world.hooks.respond(503)
    const id = await report({ channels: ['webhook'], dedupKey: `${moment} ${verdict}` })
    world.hooks.respond(200)
    if (moment !== 'plan') await decide()
    if (moment !== 'plan') await pass(HOUR)
    expect((await statesOf(world.client(), id))['ana webhook']).toBe(ends)
    const tried = moment === 'attempt' ? 1 : 0
    if (ends === 'held') expect((await delivery(id)).attempts).toBe(tried)
    if (ends === 'sent') expect((await delivery(id)).attempts).toBe(tried + 1)
    // Who was told or waits to be told has the fact; who was skipped at planning has not.
    held.moments = []
    await own.patchPreferences({ channels: { webhook: true } })
    const again = await report({ channels: ['webhook'], dedupKey: `${moment} ${verdict}` })
    expect((await statesOf(world.client(), again))['ana webhook']).toBe(ends === undefined ? 'sent' : undefined)
    if (ends === 'held') expect(await world.client().events.cancel(id)).toEqual({ cancelled: 1 })
  })

  it('wait for a connection when theirs is gone at their time, and are sent as soon as one is saved', async () => {
    const hub = world.client()
    held.channel = 'webhook'
    await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
    const id = await report({ channels: ['webhook'] })
    const webhooks = (await hub.connections.list()).items.filter(({ provider }) => provider === 'webhook')
    for (const { id: old } of webhooks) await hub.connections.delete(old)
    await pass(HOUR)
    expect(await delivery(id)).toMatchObject({ state: 'held', heldFor: 'no_connection', heldUntil: null, attempts: 0 })
    await pass(HOUR)
    expect((await delivery(id)).state).toBe('held')
    await hub.connections.create({ provider: 'webhook', name: 'Another', personal: true })
    await world.atRest()
    expect((await delivery(id)).state).toBe('sent')
  })

  it('start one after the other when a crowd is released, and all of them are sent', async () => {
    const hub = world.client()
    const people = Array.from({ length: 300 }, (_, i) => ({ id: `crowd-${i}`, email: `crowd-${i}@example.com` }))
    await hub.users.putBatch(people)
    await hub.topics.put('crowd')
    await hub.topics.subscribe(
      'crowd',
      people.map(({ id }) => id),
    )
    const before = world.mail.mails.length
    const id = await report({ to: [{ topic: 'crowd' }] })
    world.clock.advance(HOUR)
    world.app.pipeline.wake()
    const { db, bytesOf } = world.app.dialect
    const { n: event } = await db.selectFrom('events').select('n').where('id', '=', bytesOf('evt', id)).executeTakeFirstOrThrow()
    const left = () => db.selectFrom('deliveries').select('id').where('event', '=', event).where('state', '=', codeOf('held')).execute()
    await until(async () => (await left()).length === 0, 'the release of the crowd')
    const rows = await db.selectFrom('deliveries').select('due_at').where('event', '=', event).orderBy('due_at').execute()
    const after = rows.map(({ due_at }) => due_at - world.clock.now())
    // A failed claim would move a row's time, so the order of the releases is compared: 20 ms apart.
    expect(after).toEqual(Array.from({ length: 300 }, (_, i) => i * 20))
    await pass(10 * MINUTE)
    expect(new Set(Object.values(await statesOf(hub, id)))).toEqual(new Set(['sent']))
    expect(world.mail.mails.length).toBe(before + 300)
  })
})

describe.each(engines)('a release that breaks off on %s', (engine) => {
  it.each(['release.before_commit', 'release.after_commit'])('at %s loses nothing and doubles nothing', async (point) => {
    Object.assign(held, { moments: ['plan'], reason: 'quiet_hours', channel: 'email' })
    const world = await openWorld(engine, { timeRules: rules, env: { NODE_ENV: 'test', CARILLON_FAULT: `${point}@1=throw` } })
    try {
      held.until = world.clock.now() + HOUR
      const { id } = await world.client().events.notify({ to: [{ user: 'ana', email: 'ana@example.com' }], title: 'Hello', body: '' })
      await world.atRest()
      world.clock.advance(HOUR)
      await world.atRest()
      expect(await statesOf(world.client(), id)).toEqual({ 'ana email': 'sent' })
      expect(world.mailsTo('ana@example.com')).toHaveLength(1)
    } finally {
      await world.stop()
    }
  })
})
