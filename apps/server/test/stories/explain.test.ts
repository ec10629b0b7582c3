import type { Client, EventReport, EventTypeInput, Recipient } from '@carillon/client'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { rowCounts } from './tables.ts'
import { decisionsOf, openWorld, statesOf, told, type World } from './world.ts'

const CHANNELS = ['in_app', 'email', 'webhook'] as const
const flags = fc.dictionary(fc.constantFrom(...CHANNELS), fc.boolean())

/** Event types that differ in the choices that they leave to a person. */
const TYPES: Record<string, EventTypeInput> = {
  open: { category: 'orders' },
  narrow: { category: 'orders', channels: { in_app: true, email: false } },
  critical: { category: 'account', critical: true },
  locked: { category: 'legal', locked: ['in_app', 'email'] },
  shut: { category: 'legal', locked: ['webhook'], channels: { in_app: true, webhook: false } },
}

/** A person with every switch of this hub, set at random. */
const person = fc.record({
  active: fc.constantFrom(true, true, true, false),
  mailbox: fc.constantFrom(null, 'a', 'b', 'own'),
  webhook: fc.constantFrom(null, 'confirmed', 'typed'),
  cells: flags,
  channels: flags,
  category: flags,
})

const occasion = fc.record({
  people: fc.array(person, { minLength: 1, maxLength: 6 }),
  type: fc.constantFrom(...Object.keys(TYPES)),
  requested: fc.option(fc.uniqueArray(fc.constantFrom(...CHANNELS), { minLength: 1 }), { freq: 4 }),
  disabled: fc.constantFrom('none', 'none', 'webhook', 'email'),
  dedupKey: fc.constantFrom(null, 'one fact'),
  severity: fc.constantFrom('info' as const, 'error' as const),
  actor: fc.boolean(),
  topic: fc.boolean(),
  stranger: fc.boolean(),
})
type Occasion = typeof occasion extends fc.Arbitrary<infer T> ? T : never

describe.each(engines)('explain (%s)', (engine) => {
  let world: World
  let run = 0
  beforeAll(async () => {
    // People have webhooks on this machine.
    world = await openWorld(engine, { env: { CARILLON_OUTBOUND_ALLOW_USERS: '127.0.0.1' } })
    for (const [key, eventType] of Object.entries(TYPES)) await world.client().eventTypes.put(key, eventType)
    await world.client().connections.create({
      provider: 'webhook',
      name: 'Audit trail',
      personal: false,
      destination: { url: `${world.hooks.url}/audit` },
      events: [{ type: '*' }],
      minSeverity: 'warning',
    })
  })
  afterAll(() => world.stop())

  async function prepare(hub: Client, n: number, { people, type, disabled, ...rest }: Occasion): Promise<EventReport> {
    const { category = '', locked = [] } = TYPES[type] ?? {}
    for (const [i, { active, mailbox, webhook, cells, ...switches }] of people.entries()) {
      const user = `u${n}-${i}`
      const own = world.client(user)
      if (webhook !== null) await (webhook === 'typed' ? await world.browser(user) : own).me.putDestination('webhook', { url: `${world.hooks.url}/${user}` })
      await own.me.putRouting({ routes: { [type]: Object.fromEntries(Object.entries(cells).filter(([channel]) => !locked.includes(channel))) } })
      await own.me.patchPreferences({ channels: switches.channels, categories: { [category]: switches.category } })
      const email = mailbox === null ? {} : { email: mailbox === 'own' ? `${user}@example.com` : `${mailbox}${n}@example.com` }
      await hub.users.put(user, { ...email, active })
    }
    for (const channel of ['webhook', 'email']) await hub.channels.put(channel, { enabled: channel !== disabled })
    const to: Recipient[] = people.map((_, i) => `u${n}-${i}`)
    if (rest.stranger) to.push({ user: `stranger-${n}`, email: `b${n}@example.com` })
    if (rest.topic) {
      await hub.topics.put(`topic-${n}`)
      await hub.topics.subscribe(`topic-${n}`, [`u${n}-0`, `subscriber-${n}`, { email: `a${n}@example.com` }])
      to.push({ topic: `topic-${n}` })
    }
    return {
      type,
      to,
      severity: rest.severity,
      ...(rest.requested && { channels: rest.requested }),
      ...(rest.dedupKey !== null && { dedupKey: rest.dedupKey }),
      ...(rest.actor && { actor: `u${n}-0` }),
    }
  }

  it('returns the same decisions as the trace afterwards, for any preferences', async () => {
    const hub = world.client()
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(occasion, async (given) => {
        const report = await prepare(hub, run++, given)
        // The second time the dedup key is already claimed.
        for (let time = 0; time < 2; time++) {
          const foretold = told(...(await hub.events.explain(report)).items)
          const { id } = await hub.events.report(report)
          await world.atRest()
          const happened = await decisionsOf(hub, id)
          expect(foretold).toEqual(happened)
          for (const said of Object.values(happened)) seen.add(said)
          expect(
            Object.values(await statesOf(hub, id)).filter((state) => state !== 'sent'),
            'what is decided is done',
          ).toEqual([])
        }
      }),
      { numRuns: 14, seed: 20260105, endOnFailure: true },
    )
    expect([...seen], 'the generator must reach every rule').toEqual(
      expect.arrayContaining([
        'deliver routed',
        'deliver critical',
        'deliver locked',
        'skip actor_excluded',
        'skip user_inactive',
        'skip duplicate',
        'skip channel_disabled',
        'skip no_connection',
        'skip channel_off',
        'skip category_off',
        'skip route_off',
        'skip not_requested',
        'skip no_destination',
        'skip destination_unconfirmed',
        'skip severity',
      ]),
    )
  })

  it('refuses an unknown topic as a report does', async () => {
    const refused = { status: 422, code: 'unknown_topic', errors: [{ pointer: '/to/1/topic' }] }
    const report: EventReport = { type: 'open', to: ['ana', { topic: 'nowhere' }], data: {} }
    await expect(world.client().events.report(report)).rejects.toMatchObject(refused)
    await expect(world.client().events.explain(report)).rejects.toMatchObject(refused)
  })

  it('stores nothing and sends nothing', async () => {
    const hub = world.client()
    await hub.channels.put('email', { enabled: true })
    const [before, mails] = [await rowCounts(world), world.mail.mails.length]
    const { eventId, items } = await hub.events.explain({
      type: 'message',
      to: [{ user: 'never-seen', email: 'never@example.com' }],
      dedupKey: 'x',
      data: { title: 'a', body: 'b' },
    })
    expect(eventId).toBeNull()
    expect(told(...items)).toMatchObject({ 'never-seen email': 'deliver routed' })
    await world.atRest()
    // The SDK's Idempotency-Key is stored, as for any POST.
    expect({ ...(await rowCounts(world)), idempotency_keys: before['idempotency_keys'] }).toEqual(before)
    expect(world.mail.mails.length).toBe(mails)
  })
})
