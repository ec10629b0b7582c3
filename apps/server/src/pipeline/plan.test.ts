import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toEntry } from '../catalogue/catalogue.ts'
import { type Decision, REASONS } from '../domain/decision.ts'
import { aConnection, anEvent, anEventType, NOON } from '../domain/testing/samples.ts'
import type { Member } from '../recipients/member.ts'
import type { Reach } from '../routing/reach.ts'
import { aChannel, anOccasion, aPlace, aReach, inApp } from '../routing/testing/reach.ts'
import { type Batch, fromSet, plan, toSet } from './plan.ts'
import { decideShared, planShared } from './plan-shared.ts'

const person = (id: string, more: Partial<Reach> = {}) =>
  aReach({ userId: id, places: new Map([['email', [aPlace({ id: `dst_${id}`, addressHash: `hash-${id}` })]]]), ...more })
const user = (id: string): Member => ({ kind: 'user', id })
const list: Member = { kind: 'address', id: 'adr_hash-list', email: 'list@example.com' }

/** Plans for these people; tests say what differs. */
function planFor(members: Member[], more: Partial<Batch> = {}, reaches: Reach[] = members.map(({ id }) => person(id))) {
  const batch: Batch = {
    event: anEvent(),
    entry: toEntry(anEventType()),
    occasion: anOccasion(),
    members,
    excluded: null,
    reaches: new Map(reaches.map((reach) => [reach.userId, reach])),
    told: new Set(),
    taken: new Set(),
    connectionFor: (channel) => `con_${channel}`,
    ...more,
  }
  const { notifications, deliveries, decisions } = plan(batch)
  return {
    notifications,
    deliveries,
    decisions,
    said: Object.fromEntries(notifications.map(({ userId, decisions: set }) => [userId, set])),
    reached: deliveries.map(({ recipient, channel }) => `${recipient} by ${channel}`),
  }
}

describe('a user', () => {
  it('gets a notification, and a delivery for every channel that leaves the house', () => {
    const { notifications, deliveries, decisions } = planFor([user('ada')])
    expect(notifications).toMatchObject([{ userId: 'ada', decisions: 'in_app=deliver:routed email=deliver:routed', visible: true }])
    expect(deliveries).toMatchObject([
      {
        notificationId: notifications[0]!.id,
        recipient: 'ada',
        channel: 'email',
        destinationId: 'dst_ada',
        addressHash: 'hash-ada',
        connectionId: 'con_email',
      },
    ])
    expect(decisions).toEqual([])
  })

  it('who wants nothing still gets a notification, which is not shown', () => {
    const off = person('ada', { preferences: { channels: { in_app: false, email: false } } })
    expect(planFor([user('ada')], {}, [off])).toMatchObject({
      notifications: [{ visible: false, decisions: 'in_app=skip:channel_off email=skip:channel_off' }],
      deliveries: [],
    })
  })

  it.each<[reason: string, more: Partial<Batch>, reach: Reach]>([
    ['user_inactive', {}, person('ada', { active: false })],
    ['expired', { occasion: anOccasion({ expiresAt: NOON }) }, person('ada')],
    ['duplicate', { told: new Set(['ada']) }, person('ada')],
  ])('who is skipped as a person leaves only the reason: %s', (reason, more, reach) => {
    expect(planFor([user('ada')], more, [reach])).toMatchObject({
      notifications: [],
      deliveries: [],
      decisions: [{ recipient: 'ada', channel: null, decision: 'skip', reason }],
    })
  })

  it('who caused the event is named as such', () => {
    expect(planFor([user('bob')], { excluded: user('ada') }).decisions).toEqual([
      { recipient: 'ada', channel: null, decision: 'skip', reason: 'actor_excluded' },
    ])
  })
})

describe('a user with several devices', () => {
  const phone = (id: string, more: object = {}) => aPlace({ id: `dev_${id}`, addressHash: `hash-${id}`, provider: 'fcm', ...more })
  const push = aChannel({ name: 'mobile_push', providers: ['fcm'] })
  const withPhones = (...phones: ReturnType<typeof phone>[]) => person('ada', { places: new Map([['mobile_push', phones]]) })
  const tell = (reach: Reach, more: Partial<Batch> = {}) =>
    planFor([user('ada')], { occasion: anOccasion({ channels: [push] }), connectionFor: (channel, provider) => `con_${channel}_${provider}`, ...more }, [reach])

  it('gets one delivery for each, on a connection that speaks to it', () => {
    const { deliveries, said } = tell(withPhones(phone('a'), phone('b')))
    expect(deliveries).toMatchObject([
      { destinationId: 'dev_a', addressHash: 'hash-a', connectionId: 'con_mobile_push_fcm' },
      { destinationId: 'dev_b', addressHash: 'hash-b', connectionId: 'con_mobile_push_fcm' },
    ])
    expect(said['ada']).toBe('mobile_push=deliver:routed')
  })

  it('gets none for those that are gone, that nobody speaks to, or that heard it already', () => {
    const phones = [phone('a', { gone: true, label: 'dev_a' }), phone('b', { provider: 'apns', label: 'dev_b' }), phone('c', { label: 'dev_c' }), phone('d')]
    const { deliveries, decisions, said } = tell(withPhones(...phones, phone('e', { confirmed: false })), { taken: new Set(['hash-c']) })
    expect(deliveries).toMatchObject([{ destinationId: 'dev_d' }])
    expect(said['ada']).toBe('mobile_push=deliver:routed')
    const line = { recipient: 'ada', channel: 'mobile_push', decision: 'skip' }
    expect(decisions).toEqual([
      { ...line, reason: 'destination_gone', detail: 'dev_a' },
      { ...line, reason: 'no_connection', detail: 'dev_b' },
      { ...line, reason: 'duplicate', detail: 'dev_c' },
      { ...line, reason: 'destination_unconfirmed' },
    ])
    expect(tell(withPhones(phone('c')), { taken: new Set(['hash-c']) }).said['ada']).toBe('mobile_push=skip:duplicate')
  })

  it('is skipped with the reason that holds for all of them', () => {
    expect(tell(withPhones(phone('a', { gone: true }))).said['ada']).toBe('mobile_push=skip:destination_gone')
    expect(tell(withPhones(phone('b', { provider: 'apns' }))).said['ada']).toBe('mobile_push=skip:no_connection')
    expect(tell(withPhones()).said['ada']).toBe('mobile_push=skip:no_destination')
    expect(tell(withPhones(phone('a', { gone: true }), phone('b', { provider: 'apns' })))).toMatchObject({
      deliveries: [],
      decisions: [],
      said: { ada: 'mobile_push=skip:destination_gone' },
    })
  })
})

describe('one address hears one event once', () => {
  const sameHash = (id: string) => person(id, { places: new Map([['email', [aPlace({ id: `dst_${id}`, addressHash: 'shared' })]]]) })

  it('when two people share it', () => {
    const { said, reached } = planFor([user('ada'), user('bob')], {}, [sameHash('ada'), sameHash('bob')])
    expect(reached).toEqual(['ada by email'])
    expect(said['bob']).toBe('in_app=deliver:routed email=skip:duplicate')
  })

  it('when an earlier batch reached it', () => {
    expect(planFor([user('ada')], { taken: new Set(['hash-ada']) })).toMatchObject({ reached: [], said: { ada: 'in_app=deliver:routed email=skip:duplicate' } })
  })

  it('when a user and a bare address are the same', () => {
    const { reached, decisions } = planFor([user('list'), list])
    expect(reached).toEqual(['list by email'])
    expect(decisions).toMatchObject([{ recipient: 'adr_hash-list', channel: 'email', decision: 'skip', reason: 'duplicate' }])
  })

  it('but who is skipped does not take it from others', () => {
    const muted = { ...sameHash('ada'), preferences: { channels: { email: false } } }
    expect(planFor([user('ada'), user('bob')], {}, [muted, sameHash('bob')]).reached).toEqual(['bob by email'])
  })
})

describe('a bare address', () => {
  it('hears by mail, without a notification', () => {
    expect(planFor([list])).toMatchObject({
      notifications: [],
      deliveries: [{ notificationId: null, recipient: 'adr_hash-list', channel: 'email', destinationId: 'adr_hash-list', addressHash: 'hash-list' }],
      decisions: [{ recipient: 'adr_hash-list', channel: 'email', decision: 'deliver', reason: 'routed' }],
    })
  })

  it('is skipped with a reason like anybody', () => {
    expect(planFor([list], { occasion: anOccasion({ requested: ['in_app'] }) })).toMatchObject({ deliveries: [], decisions: [{ reason: 'not_requested' }] })
    expect(planFor([list], { occasion: anOccasion({ expiresAt: NOON }) })).toMatchObject({ deliveries: [], decisions: [{ channel: null, reason: 'expired' }] })
    expect(planFor([list], { event: anEvent({ dedupKey: 'build-7' }), told: new Set([list.id]) })).toMatchObject({
      deliveries: [],
      decisions: [{ channel: null, reason: 'duplicate', detail: 'build-7' }],
    })
  })
})

describe('shared connections', () => {
  const team = aConnection({ id: 'con_team', channel: 'discord', personal: false, events: [{ type: 'build.failed' }] })
  const hears = (event = {}, channels = [inApp, aChannel(), aChannel({ name: 'discord' })], connections = [team], told = new Set<string>()) =>
    planShared(anEvent(event), decideShared(anEvent(event), toEntry(anEventType()), connections, channels, NOON), told, NOON)

  it('are their own recipient, destination and address', () => {
    expect(hears().deliveries).toMatchObject([
      { notificationId: null, recipient: 'con_team', destinationId: 'con_team', addressHash: 'con_team', connectionId: 'con_team', channel: 'discord' },
    ])
    expect(hears().decisions).toEqual([{ recipient: 'con_team', channel: 'discord', connection: 'con_team', decision: 'deliver', reason: 'routed' }])
  })

  it.each<[reason: string, event: object, channels?: ReturnType<typeof aChannel>[]]>([
    ['expired', { expiresAt: NOON }],
    ['not_requested', { channels: ['email'] }],
    ['channel_disabled', {}, [aChannel({ name: 'discord', enabled: false })]],
  ])('are skipped with a reason: %s', (reason, event, channels) => {
    expect(hears(event, channels)).toMatchObject({ deliveries: [], decisions: [{ recipient: 'con_team', decision: 'skip', reason }] })
  })

  it('hear the same fact once, whichever event names it', () => {
    expect(hears({ dedupKey: 'build-7' }, undefined, [team], new Set(['con_team']))).toEqual({
      deliveries: [],
      decisions: [{ recipient: 'con_team', channel: 'discord', connection: 'con_team', decision: 'skip', reason: 'duplicate', detail: 'build-7' }],
    })
  })

  it('leave no trace of types that they do not subscribe to', () => {
    expect(hears({ type: 'other' })).toEqual({ deliveries: [], decisions: [] })
  })
})

describe('a set of decisions', () => {
  it('reads as it is stored', () => {
    expect(toSet([])).toBe('')
    expect(fromSet('')).toEqual([])
    expect(fromSet('in_app=deliver:routed email=skip:route_off')).toEqual([
      { channel: 'in_app', decision: 'deliver', reason: 'routed' },
      { channel: 'email', decision: 'skip', reason: 'route_off' },
    ])
  })

  it('comes back as it went in', () => {
    const decision: fc.Arbitrary<Decision> = fc.record({
      channel: fc.stringMatching(/^[a-z][a-z0-9_.=:-]{0,20}$/),
      decision: fc.constantFrom('deliver', 'hold', 'skip'),
      reason: fc.constantFrom(...REASONS),
    })
    fc.assert(
      fc.property(fc.array(decision), (decisions) => {
        expect(fromSet(toSet(decisions))).toEqual(decisions)
      }),
    )
  })
})
