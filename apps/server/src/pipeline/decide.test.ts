import { describe, expect, it } from 'vitest'
import { toEntry } from '../catalogue/catalogue.ts'
import type { Event } from '../domain/event.ts'
import { aConnection, anEvent, anEventType, NOON } from '../domain/testing/samples.ts'
import { toIso } from '../domain/time.ts'
import type { Member } from '../recipients/member.ts'
import type { Standing, TimeRule } from '../routing/standing.ts'
import { addressStanding } from '../routing/standing.ts'
import { aChannel, aPlace, aStanding, inApp } from '../routing/testing/standing.ts'
import type { Batch } from './batch.ts'
import { decide } from './decide.ts'
import { decideShared, planShared } from './decide-shared.ts'
import { decisionsOf, type HubNow } from './plan.ts'

const person = (id: string, more: Partial<Standing> = {}) =>
  aStanding({ recipient: id, places: new Map([['email', [aPlace({ id: `dst_${id}`, addressHash: `hash-${id}` })]]]), ...more })
const user = (id: string): Member => ({ kind: 'user', id })
const list: Member = { kind: 'address', id: 'adr_hash-list', email: 'list@example.com' }

interface Given {
  event: Partial<Event>
  hub: Partial<HubNow>
  excluded: Member | null
  /** Recipients that another event with the same dedup key has already notified. */
  duplicates: Set<string>
  /** Addresses that the event already reaches. */
  reached: Set<string>
}

/** Decides for these people; tests say what differs. */
async function decideFor(members: Member[], more: Partial<Given> = {}, standings: Standing[] = members.map(standingOf)) {
  const claimed: string[][] = []
  const lookedUp: string[][] = []
  const batch: Batch = {
    event: anEvent(more.event),
    entry: toEntry(anEventType()),
    hub: { channels: [inApp, aChannel()], logOnly: false, shared: [], timeRules: [], connectionFor: (channel) => `con_${channel}`, ...more.hub },
    members,
    excluded: more.excluded ?? null,
    standings: new Map(standings.map((standing) => [standing.recipient, standing])),
    withShared: true,
    metBefore: true,
    now: NOON,
  }
  const [plan] = await decide([batch], {
    claimDedup: async (wanted) => {
      claimed.push(...wanted.map(({ recipients }) => [...recipients]))
      return wanted.map(() => more.duplicates ?? new Set())
    },
    reached: async (_event, addresses) => {
      lookedUp.push(addresses)
      return more.reached ?? new Set()
    },
  })
  const { notifications, deliveries, decisions } = plan!
  return {
    plan: plan!,
    notifications,
    deliveries,
    decisions,
    claimed,
    lookedUp,
    said: Object.fromEntries(notifications.map(({ userId, decisions: set }) => [userId, set])),
    reached: deliveries.map(({ recipient, channel }) => `${recipient} by ${channel}`),
  }
}
const standingOf = ({ id }: Member): Standing => (id.startsWith('adr_') ? addressStanding(id) : person(id))

describe('a user', () => {
  it('gets a notification, and a delivery for every channel outside the hub', async () => {
    const { notifications, deliveries, decisions } = await decideFor([user('ada')])
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

  it('who switched every channel off still gets a notification, which is hidden', async () => {
    const off = person('ada', { preferences: { channels: { in_app: false, email: false } } })
    expect(await decideFor([user('ada')], {}, [off])).toMatchObject({
      notifications: [{ visible: false, decisions: 'in_app=skip:channel_off email=skip:channel_off' }],
      deliveries: [],
    })
  })

  it.each<[reason: string, more: Partial<Given>, standing: Standing]>([
    ['user_inactive', {}, person('ada', { active: false })],
    ['expired', { event: { expiresAt: NOON } }, person('ada')],
    ['duplicate', { event: { dedupKey: 'build-7' }, duplicates: new Set(['ada']) }, person('ada')],
  ])('who is skipped as a person leaves only the reason: %s', async (reason, more, standing) => {
    expect(await decideFor([user('ada')], more, [standing])).toMatchObject({
      notifications: [],
      deliveries: [],
      decisions: [{ recipient: 'ada', channel: null, decision: 'skip', reason }],
    })
  })

  it('who caused the event is skipped as its actor', async () => {
    expect((await decideFor([user('bob')], { excluded: user('ada') })).decisions).toEqual([
      { recipient: 'ada', channel: null, decision: 'skip', reason: 'actor_excluded' },
    ])
  })
})

describe('a user with several devices', () => {
  const phone = (id: string, more: object = {}) => aPlace({ id: `dev_${id}`, addressHash: `hash-${id}`, provider: 'fcm', ...more })
  const push = aChannel({ name: 'mobile_push', providers: ['fcm'] })
  const withPhones = (...phones: ReturnType<typeof phone>[]) => person('ada', { places: new Map([['mobile_push', phones]]) })
  const tell = (standing: Standing, more: Partial<Given> = {}) =>
    decideFor([user('ada')], { hub: { channels: [push], connectionFor: (channel, provider) => `con_${channel}_${provider}` }, ...more }, [standing])

  it('gets one delivery for each, on a connection of its provider', async () => {
    const { deliveries, said } = await tell(withPhones(phone('a'), phone('b')))
    expect(deliveries).toMatchObject([
      { destinationId: 'dev_a', addressHash: 'hash-a', connectionId: 'con_mobile_push_fcm' },
      { destinationId: 'dev_b', addressHash: 'hash-b', connectionId: 'con_mobile_push_fcm' },
    ])
    expect(said['ada']).toBe('mobile_push=deliver:routed')
  })

  it('gets none for devices that are gone, have no connection, or were reached already', async () => {
    const phones = [phone('a', { gone: true, label: 'dev_a' }), phone('b', { provider: 'apns', label: 'dev_b' }), phone('c', { label: 'dev_c' }), phone('d')]
    const { deliveries, decisions, said } = await tell(withPhones(...phones, phone('e', { confirmed: false })), { reached: new Set(['hash-c']) })
    expect(deliveries).toMatchObject([{ destinationId: 'dev_d' }])
    expect(said['ada']).toBe('mobile_push=deliver:routed')
    const line = { recipient: 'ada', channel: 'mobile_push', decision: 'skip' }
    expect(decisions).toEqual([
      { ...line, reason: 'destination_gone', detail: 'dev_a' },
      { ...line, reason: 'no_connection', detail: 'dev_b' },
      { ...line, reason: 'duplicate', detail: 'dev_c' },
      { ...line, reason: 'destination_unconfirmed' },
    ])
    expect((await tell(withPhones(phone('c')), { reached: new Set(['hash-c']) })).said['ada']).toBe('mobile_push=skip:duplicate')
  })

  it('is skipped with the reason that applies to all of them', async () => {
    expect((await tell(withPhones(phone('a', { gone: true })))).said['ada']).toBe('mobile_push=skip:destination_gone')
    expect((await tell(withPhones(phone('b', { provider: 'apns' })))).said['ada']).toBe('mobile_push=skip:no_connection')
    expect((await tell(withPhones())).said['ada']).toBe('mobile_push=skip:no_destination')
    expect(await tell(withPhones(phone('a', { gone: true }), phone('b', { provider: 'apns' })))).toMatchObject({
      deliveries: [],
      decisions: [],
      said: { ada: 'mobile_push=skip:destination_gone' },
    })
    // One of them was told, so the person was.
    const told = await tell(withPhones(phone('a', { gone: true }), phone('c')), { reached: new Set(['hash-c']) })
    expect(told.said['ada']).toBe('mobile_push=skip:duplicate')
  })
})

describe('an address gets each event once', () => {
  const sameHash = (id: string) => person(id, { places: new Map([['email', [aPlace({ id: `dst_${id}`, addressHash: 'shared' })]]]) })

  it('when two people share it', async () => {
    const { said, reached } = await decideFor([user('ada'), user('bob')], {}, [sameHash('ada'), sameHash('bob')])
    expect(reached).toEqual(['ada by email'])
    expect(said['bob']).toBe('in_app=deliver:routed email=skip:duplicate')
  })

  it('when an earlier batch reached it', async () => {
    expect(await decideFor([user('ada')], { reached: new Set(['hash-ada']) })).toMatchObject({
      reached: [],
      said: { ada: 'in_app=deliver:routed email=skip:duplicate' },
    })
  })

  it('when a user and a bare address are the same', async () => {
    const { reached, decisions } = await decideFor([user('list'), list])
    expect(reached).toEqual(['list by email'])
    expect(decisions).toMatchObject([{ recipient: 'adr_hash-list', channel: 'email', decision: 'skip', reason: 'duplicate' }])
  })

  it('and two people who are skipped for different reasons each keep their own', async () => {
    const [off, never] = [{ channels: { email: false } }, { categories: { builds: { email: false } } }]
    const { said } = await decideFor([user('ada'), user('bob')], {}, [person('ada', { preferences: off }), person('bob', { preferences: never })])
    expect(said).toEqual({ ada: 'in_app=deliver:routed email=skip:channel_off', bob: 'in_app=deliver:routed email=skip:category_off' })
  })

  it('but a skipped recipient does not use up the address', async () => {
    const muted = { ...sameHash('ada'), preferences: { channels: { email: false } } }
    expect((await decideFor([user('ada'), user('bob')], {}, [muted, sameHash('bob')])).reached).toEqual(['bob by email'])
  })
})

describe('a bare address', () => {
  it('gets mail, without a notification', async () => {
    expect(await decideFor([list])).toMatchObject({
      notifications: [],
      deliveries: [{ notificationId: null, recipient: 'adr_hash-list', channel: 'email', destinationId: 'adr_hash-list', addressHash: 'hash-list' }],
      decisions: [{ recipient: 'adr_hash-list', channel: 'email', decision: 'deliver', reason: 'routed' }],
    })
  })

  it('is skipped with a reason, like a user', async () => {
    expect(await decideFor([list], { event: { channels: ['in_app'] } })).toMatchObject({ deliveries: [], decisions: [{ reason: 'not_requested' }] })
    expect(await decideFor([list], { event: { expiresAt: NOON } })).toMatchObject({ deliveries: [], decisions: [{ channel: null, reason: 'expired' }] })
    expect(await decideFor([list], { event: { dedupKey: 'build-7' }, duplicates: new Set([list.id]) })).toMatchObject({
      deliveries: [],
      decisions: [{ channel: null, reason: 'duplicate', detail: 'build-7' }],
    })
  })
})

describe('shared connections', () => {
  const team = aConnection({ id: 'con_team', channel: 'discord', personal: false, events: [{ type: 'build.failed' }] })
  const plans = (event = {}, channels = [inApp, aChannel(), aChannel({ name: 'discord' })], connections = [team], notified = new Set<string>()) =>
    planShared(anEvent(event), decideShared(anEvent(event), toEntry(anEventType()), connections, channels, NOON), notified, NOON)

  it('are their own recipient, destination and address', async () => {
    expect(plans().deliveries).toMatchObject([
      { notificationId: null, recipient: 'con_team', destinationId: 'con_team', addressHash: 'con_team', connectionId: 'con_team', channel: 'discord' },
    ])
    expect(plans().decisions).toEqual([{ recipient: 'con_team', channel: 'discord', connection: 'con_team', decision: 'deliver', reason: 'routed' }])
  })

  it.each<[reason: string, event: object, channels?: ReturnType<typeof aChannel>[]]>([
    ['expired', { expiresAt: NOON }],
    ['not_requested', { channels: ['email'] }],
    ['channel_disabled', {}, [aChannel({ name: 'discord', enabled: false })]],
  ])('are skipped with a reason: %s', (reason, event, channels) => {
    expect(plans(event, channels)).toMatchObject({ deliveries: [], decisions: [{ recipient: 'con_team', decision: 'skip', reason }] })
  })

  it('get one dedup key once, whichever event has it', async () => {
    expect(plans({ dedupKey: 'build-7' }, undefined, [team], new Set(['con_team']))).toEqual({
      deliveries: [],
      decisions: [{ recipient: 'con_team', channel: 'discord', connection: 'con_team', decision: 'skip', reason: 'duplicate', detail: 'build-7' }],
    })
  })

  it('leave no trace of types that they do not subscribe to', async () => {
    expect(plans({ type: 'other' })).toEqual({ deliveries: [], decisions: [] })
  })
})

describe('a hold', () => {
  const LATER = NOON + 60_000
  const night: TimeRule = { reason: 'quiet_hours', moments: ['plan'], until: (_standing, channel) => (channel.name === 'email' ? LATER : null) }
  const hub = { timeRules: [night] }

  it('is planned as a held delivery without a connection, and the inbox entry is there at once', async () => {
    const { notifications, deliveries, decisions } = await decideFor([user('ada')], { hub })
    expect(notifications).toMatchObject([{ decisions: 'in_app=deliver:routed email=hold:quiet_hours', visible: true }])
    expect(deliveries).toMatchObject([{ recipient: 'ada', channel: 'email', state: 'held', heldFor: 'quiet_hours', heldUntil: LATER }])
    expect(deliveries[0]).not.toHaveProperty('connectionId')
    expect(decisions).toEqual([])
  })

  it('of a bare address says until when in its row', async () => {
    const { deliveries, decisions } = await decideFor([list], { hub })
    expect(deliveries).toMatchObject([{ recipient: 'adr_hash-list', state: 'held', heldUntil: LATER }])
    expect(decisions).toEqual([{ recipient: 'adr_hash-list', channel: 'email', decision: 'hold', reason: 'quiet_hours', detail: `until ${toIso(LATER)}` }])
  })

  it('claims the dedup key like a delivery does, and a recipient who is skipped everywhere does not', async () => {
    const off = { ...person('bob'), preferences: { channels: { in_app: false, email: false } } }
    const onlyMail = { ...person('ada'), preferences: { channels: { in_app: false } } }
    const { claimed } = await decideFor([user('ada'), user('bob'), list], { hub, event: { dedupKey: 'build-7' } }, [onlyMail, off, addressStanding(list.id)])
    expect(claimed).toEqual([['ada', list.id]])
  })

  it('asks whether its address was reached, like a delivery does', async () => {
    expect((await decideFor([user('ada')], { hub })).lookedUp).toEqual([['hash-ada']])
  })

  it('shows its end in explain, by recipient and channel', async () => {
    const { plan } = await decideFor([user('ada')], { hub })
    expect(decisionsOf(plan)).toEqual([
      { recipient: 'ada', channel: 'in_app', decision: 'deliver', reason: 'routed' },
      { recipient: 'ada', channel: 'email', decision: 'hold', reason: 'quiet_hours', detail: `until ${toIso(LATER)}` },
    ])
  })

  it('uses up the address, so that an address gets each event once', async () => {
    const sameHash = (id: string) => person(id, { places: new Map([['email', [aPlace({ id: `dst_${id}`, addressHash: 'shared' })]]]) })
    const { said, deliveries } = await decideFor([user('ada'), user('bob')], { hub }, [sameHash('ada'), sameHash('bob')])
    expect(deliveries).toHaveLength(1)
    expect(said['bob']).toBe('in_app=deliver:routed email=skip:duplicate')
  })
})
