import { describe, expect, it } from 'vitest'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { healthy } from '../connections/health.ts'
import { createRegistry, LOG_CONNECTION } from '../connections/registry.ts'
import { aClaimed } from '../delivery/testing/job.ts'
import { createVendors } from '../delivery/testing/vendors.ts'
import type { NamedBy } from '../domain/named-by.ts'
import { aConnection, aMessage, anEvent, anEventType, NOON } from '../domain/testing/samples.ts'
import { MINUTE } from '../domain/time.ts'
import type { RenderInput } from '../rendering/draft.ts'
import { RenderError } from '../rendering/render-error.ts'
import type { Place, Standing } from '../routing/standing.ts'
import { addressStanding } from '../routing/standing.ts'
import { aChannel, aPlace, aStanding } from '../routing/testing/standing.ts'
import { createDelivering, type DeliveringParts, type Loaded } from './deliver.ts'

const stored = { body: '{}', updatedAt: NOON, namedBy: 'person' as const }
/** Ada with an email address as it is stored. */
const standing = (more: Partial<Standing> = {}): Standing => aStanding({ places: new Map([['email', [aPlace({ stored })]]]), ...more })
const at = (place: Partial<Place>) => new Map([['email', [aPlace({ stored, ...place })]]])

const loaded = (more: Partial<Loaded> = {}): Loaded => ({
  claimed: aClaimed(),
  event: anEvent(),
  person: { id: 'ada', name: 'Ada' },
  standing: standing(),
  ...more,
})

function delivering(more: Partial<DeliveringParts> = {}) {
  const catalogue = createCatalogue()
  catalogue.replace([anEventType(), anEventType({ key: 'quiet.type', channels: {} })])
  const registry = createRegistry()
  registry.replace([aConnection(), aConnection({ id: 'con_team', channel: 'discord', personal: false, destination: { url: 'x' } })])
  const vendors = createVendors({ smtp: () => ({}) })
  const rendered: RenderInput[] = []
  const logged: string[] = []
  const parts = createDelivering({
    catalogue,
    registry,
    http: vendors.http,
    hide: vendors.hide,
    provider: vendors.provider,
    clock: () => NOON,
    random: () => 0.5,
    hub: () => ({ channels: [aChannel(), aChannel({ name: 'discord' })], logOnly: false, timeRules: [] }),
    render: (input) => {
      rendered.push(input)
      return aMessage({ title: JSON.stringify(input.event.data) })
    },
    unseal: () => ({ code: '123456' }),
    destination: () => ({ address: 'ada@example.com' }),
    log: ({ id }) => logged.push(id),
    ...more,
  })
  return { ...parts, catalogue, registry, vendors, rendered, logged }
}

it('sends a delivery that is still wanted', async () => {
  const hub = delivering()
  const outcome = await hub.attempt(hub.toJob(loaded()), 'con_mail')
  expect(outcome.state).toBe('sent')
  expect(hub.vendors.asked[0]!.job.destination).toEqual({ address: 'ada@example.com' })
})

it('sends to a device only through a connection of its provider, with the badge', async () => {
  const hub = delivering()
  const device = (provider: string): Loaded => {
    const of = loaded()
    return { ...of, unread: 4, claimed: { ...of.claimed, notificationId: 'ntf_1' }, standing: standing({ places: at({ provider }) }) }
  }
  await hub.attempt(hub.toJob(device('smtp')), 'con_mail')
  expect(hub.vendors.asked[0]!.job.message.notification).toEqual({ id: 'ntf_1', unread: 4 })
  expect(await hub.attempt(hub.toJob(device('fcm')), 'con_mail')).toMatchObject({ state: 'queued', postponed: true })
  expect(hub.vendors.asked).toHaveLength(1)
})

it.each<[reason: string, standing: Partial<Standing>]>([
  ['user_inactive', { active: false }],
  ['channel_off', { preferences: { channels: { email: false } } }],
  ['route_off', { routes: new Map([['email', false]]) }],
  ['no_destination', { places: new Map() }],
  ['destination_gone', { places: at({ gone: true }) }],
  ['destination_unconfirmed', { places: at({ confirmed: false }) }],
])('looks again when the attempt begins: %s', async (reason, more) => {
  const hub = delivering()
  const job = hub.toJob(loaded({ standing: standing(more) }))
  expect(job.verdict).toEqual({ decision: 'skip', reason })
  expect((await hub.attempt(job, 'con_mail')).state).toBe('suppressed')
  expect(hub.vendors.asked).toEqual([])
})

it.each<[what: string, event: Partial<Loaded['event']>, confirms: boolean]>([
  ['names one place', { place: 'dst_old' }, false],
  ['confirms places', {}, true],
])('never follows a person to another address when the event %s', async (_what, event, confirms) => {
  const hub = delivering()
  hub.catalogue.replace([anEventType({ confirms })])
  const moved = loaded({ claimed: aClaimed({ destinationId: 'dst_old' }) })
  expect((await hub.attempt(hub.toJob(moved), 'con_mail')).state, 'any other event does').toBe(confirms ? 'suppressed' : 'sent')
  const asked = hub.vendors.asked.length
  const job = hub.toJob({ ...moved, event: anEvent(event) })
  expect([job.verdict, job.destination]).toEqual([{ decision: 'skip', reason: 'destination_gone' }, null])
  expect((await hub.attempt(job, 'con_mail')).state).toBe('suppressed')
  expect(hub.vendors.asked).toHaveLength(asked)
})

it('checks a bare address again too', async () => {
  const hub = delivering()
  const claimed = aClaimed({ recipient: 'adr_1', destinationId: 'adr_1', notificationId: null })
  const job = hub.toJob(loaded({ claimed, standing: addressStanding('adr_1'), event: anEvent({ type: 'quiet.type' }) }))
  expect(job.verdict).toEqual({ decision: 'skip', reason: 'route_off' })
  expect((await hub.attempt(job, 'con_mail')).state).toBe('suppressed')
})

it('is held by a rule, without an attempt and without a vendor', async () => {
  const LATER = NOON + MINUTE
  const hub = delivering({
    hub: () => ({ channels: [aChannel()], logOnly: false, timeRules: [{ reason: 'quiet_hours', moments: ['attempt'], until: () => LATER }] }),
  })
  const outcome = await hub.attempt(hub.toJob(loaded()), 'con_mail')
  expect(outcome).toMatchObject({ state: 'held', hold: { reason: 'quiet_hours', until: LATER }, postponed: true, tries: [] })
  // Log-only mode of a hub without connections does not bypass the rule.
  expect((await hub.attempt(hub.toJob(loaded()), LOG_CONNECTION)).state).toBe('held')
  expect([hub.vendors.asked, hub.logged]).toEqual([[], []])
})

const noKey = () => {
  throw new Error('no key')
}

it.each([
  ['destination', 'destination_unreadable', { destination: noKey }, {}],
  ['event', 'event_unreadable', { unseal: noKey }, { sensitive: 'v1.other.sealed' }],
])('is tried again by the table, because another node may have the key, when the secrets of its %s do not open', async (_what, code, parts, event) => {
  const hub = delivering(parts)
  const at = (attempts: number) => hub.toJob(loaded({ claimed: aClaimed({ attempts }), event: anEvent(event) }))
  const first = await hub.attempt(at(1), 'con_mail')
  expect(first).toMatchObject({ state: 'queued', error: { code }, tries: [{ outcome: 'retry', code }] })
  expect(first.dueAt).toBeGreaterThan(NOON)
  expect(await hub.attempt(at(10), 'con_mail')).toMatchObject({ state: 'failed', error: { code } })
  expect(hub.vendors.asked).toEqual([])
})

it('is stopped when an operator has switched the channel off, shared connections included', () => {
  const hub = delivering({ hub: () => ({ channels: [aChannel({ enabled: false })], logOnly: false, timeRules: [] }) })
  expect(hub.toJob(loaded()).verdict).toEqual({ decision: 'skip', reason: 'channel_disabled' })
  const shared = aClaimed({ recipient: 'con_team', connectionId: 'con_team', notificationId: null })
  expect(hub.toJob(loaded({ claimed: shared, standing: null })).verdict).toEqual({ decision: 'skip', reason: 'channel_disabled' })
})

it('puts off a delivery whose connection is blocked: no attempt, no failure', async () => {
  const hub = delivering()
  hub.registry.updateHealth([{ ...healthy('con_mail'), level: 1, initialFailureAt: NOON, blockedUntil: NOON + 5 * MINUTE }])
  expect(await hub.attempt(hub.toJob(loaded()), 'con_mail')).toMatchObject({ state: 'queued', dueAt: NOON + 5 * MINUTE, postponed: true, tries: [] })
  const shared = loaded({ claimed: aClaimed({ recipient: 'con_team', connectionId: 'con_team', channel: 'discord', notificationId: null }), standing: null })
  hub.registry.updateHealth([{ ...healthy('con_team'), level: 1, initialFailureAt: NOON, blockedUntil: NOON + MINUTE }])
  expect(await hub.attempt(hub.toJob(shared), 'con_team')).toMatchObject({ state: 'queued', dueAt: NOON + MINUTE, postponed: true })
})

it('only writes to the log while there is no connection, and asks no vendor', async () => {
  const hub = delivering()
  expect(await hub.attempt(hub.toJob(loaded()), LOG_CONNECTION)).toMatchObject({ state: 'logged', message: { text: 'main is red' } })
  expect(hub.logged).toEqual(['dlv_1'])
  expect(hub.vendors.asked).toEqual([])
})

it('sends a secret to its recipient, and stores the sent message without it', async () => {
  const hub = delivering()
  const event = anEvent({ data: { code: '********' }, sensitive: 'v1.sealed' })
  const outcome = await hub.attempt(hub.toJob(loaded({ event })), 'con_mail')
  expect(hub.vendors.asked[0]!.job.message.title).toContain('123456')
  expect(outcome.message!.title).toBe('{"code":"********"}')
  await hub.attempt(hub.toJob(loaded({ event })), LOG_CONNECTION)
  expect(hub.rendered.at(-1)!.event.data).toEqual({ code: '********' })
})

it('renders for a bare address with the little that is known of it', () => {
  const hub = delivering()
  const claimed = aClaimed({ recipient: 'adr_1', notificationId: null })
  expect(hub.toJob(loaded({ claimed, standing: addressStanding('adr_1'), person: { email: 'eva@example.com', name: 'Eva' } })).destination).toEqual({
    address: 'eva@example.com',
    name: 'Eva',
  })
})

it('still delivers when the event type was deleted meanwhile', async () => {
  const hub = delivering()
  expect((await hub.attempt(hub.toJob(loaded({ event: anEvent({ type: 'gone.type' }) })), 'con_mail')).state).toBe('sent')
})

it('tries again after a limit of rendering, and gives up on a broken template', async () => {
  const failing = (error: Error) =>
    delivering({
      render: () => {
        throw error
      },
    })
  const slow = failing(new RenderError('limit', 'too slow'))
  expect(await slow.attempt(slow.toJob(loaded()), 'con_mail')).toMatchObject({ state: 'queued', error: { code: 'render_limit' } })
  const broken = failing(new TypeError('no'))
  expect(await broken.attempt(broken.toJob(loaded()), 'con_mail')).toMatchObject({ state: 'failed', error: { code: 'render_template' } })
})

describe('the network of an attempt', () => {
  /** What `http` was asked for: who named the destination, the settings of which the servers are an operator's word, and the destination. */
  async function asked(stored: Place['stored'] | undefined, more: Partial<Loaded> = {}, pasted = false): Promise<unknown[][]> {
    const given: unknown[][] = []
    const vendors = createVendors({ smtp: () => ({}), pasted: () => ({}) })
    const own = { server: 'http://lan.test' }
    const hub = delivering({
      provider: vendors.provider,
      http(...args) {
        given.push(args)
        return vendors.http(...args)
      },
      ...(pasted && { meaning: () => ({ provider: vendors.provider('pasted')!, settings: own, destination: {} }) }),
    })
    hub.registry.replace([aConnection({ settings: { host: 'mail.lan' } }), aConnection({ id: 'con_team', channel: 'email', personal: false, destination: {} })])
    const outcome = await hub.attempt(hub.toJob(loaded({ ...(stored && { standing: standing({ places: at({ stored }) }) }), ...more })), 'con_mail')
    expect(outcome.state).toBe('sent')
    return given
  }
  const by = (namedBy: NamedBy) => ({ body: '{}', updatedAt: NOON, namedBy })

  it('knows who named the destination, and the settings of the connection', async () => {
    expect(await asked(by('person'))).toEqual([['person', { host: 'mail.lan' }, { address: 'ada@example.com' }]])
    expect(await asked(by('application'))).toEqual([['application', { host: 'mail.lan' }, { address: 'ada@example.com' }]])
  })

  it('takes the settings of a pasted URL for no word of an operator', async () => {
    const words = { settings: { server: 'http://lan.test' }, destination: {} }
    expect(await asked(by('person'), {}, true)).toEqual([['person', {}, words]])
    expect(await asked(by('application'), {}, true)).toEqual([['application', {}, words]])
  })

  it('is that of an application for a bare address and a shared connection', async () => {
    const bare = { claimed: aClaimed({ recipient: 'adr_1', notificationId: null }), standing: addressStanding('adr_1'), person: { email: 'eva@example.com' } }
    expect(await asked(undefined, bare)).toMatchObject([['application', {}, {}]])
    const shared = { claimed: aClaimed({ recipient: 'con_team', connectionId: 'con_team', notificationId: null }), standing: null }
    expect(await asked(undefined, shared)).toMatchObject([['application', {}, {}]])
  })
})
