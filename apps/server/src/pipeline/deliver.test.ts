import { expect, it } from 'vitest'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { healthy } from '../connections/health.ts'
import { createRegistry, LOG_CONNECTION } from '../connections/registry.ts'
import { aClaimed } from '../delivery/testing/job.ts'
import { createVendors } from '../delivery/testing/vendors.ts'
import { aConnection, aMessage, anEvent, anEventType, NOON } from '../domain/testing/samples.ts'
import { MINUTE } from '../domain/time.ts'
import type { RenderInput } from '../rendering/draft.ts'
import { RenderError } from '../rendering/render-error.ts'
import { aChannel, aPlace } from '../routing/testing/reach.ts'
import { createDelivering, type DeliveringParts, type Loaded } from './deliver.ts'

const loaded = (more: Partial<Loaded> = {}): Loaded => ({
  claimed: aClaimed(),
  event: anEvent(),
  person: { id: 'ada', name: 'Ada' },
  reach: { active: true, place: { ...aPlace(), body: '{}', updatedAt: NOON }, route: null, preferences: {} },
  ...more,
})

function delivering(more: Partial<DeliveringParts> = {}) {
  const catalogue = createCatalogue()
  catalogue.replace([anEventType()])
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
    channels: () => [aChannel(), aChannel({ name: 'discord' })],
    render: (input) => {
      rendered.push(input)
      return aMessage({ title: JSON.stringify(input.event.data) })
    },
    unseal: () => ({ code: '123456' }),
    destination: () => ({ address: 'ada@example.com' }),
    log: ({ id }) => logged.push(id),
    ...more,
  })
  return { ...parts, registry, vendors, rendered, logged }
}

it('sends what is still wanted', async () => {
  const hub = delivering()
  const outcome = await hub.attempt(hub.toJob(loaded()), 'con_mail')
  expect(outcome.state).toBe('sent')
  expect(hub.vendors.asked[0]!.job.destination).toEqual({ address: 'ada@example.com' })
})

it('sends to a device only by a connection of its provider, with the badge', async () => {
  const hub = delivering()
  const place = { ...aPlace(), body: '{}', updatedAt: NOON, provider: 'smtp' }
  const device = (provider: string): Loaded => {
    const of = loaded()
    return { ...of, unread: 4, claimed: { ...of.claimed, notificationId: 'ntf_1' }, reach: { ...of.reach!, place: { ...place, provider } } }
  }
  await hub.attempt(hub.toJob(device('smtp')), 'con_mail')
  expect(hub.vendors.asked[0]!.job.message.notification).toEqual({ id: 'ntf_1', unread: 4 })
  expect(await hub.attempt(hub.toJob(device('fcm')), 'con_mail')).toMatchObject({ state: 'queued', postponed: true })
  expect(hub.vendors.asked).toHaveLength(1)
})

it.each<[obstacle: string, reach: Partial<NonNullable<Loaded['reach']>>]>([
  ['user_inactive', { active: false }],
  ['channel_off', { preferences: { channels: { email: false } } }],
  ['route_off', { route: false }],
  ['no_destination', { place: null }],
  ['destination_gone', { place: { ...aPlace({ gone: true }), body: '{}', updatedAt: NOON } }],
])('looks again when the attempt begins: %s', async (obstacle, reach) => {
  const hub = delivering()
  const job = hub.toJob(loaded({ reach: { ...loaded().reach!, ...reach } }))
  expect(job.obstacle).toBe(obstacle)
  expect((await hub.attempt(job, 'con_mail')).state).toBe('suppressed')
  expect(hub.vendors.asked).toEqual([])
})

it('is stopped by an operator who switched the channel off, shared connections included', () => {
  const hub = delivering({ channels: () => [aChannel({ enabled: false })] })
  expect(hub.toJob(loaded()).obstacle).toBe('channel_disabled')
  expect(hub.toJob(loaded({ reach: null })).obstacle).toBe('channel_disabled')
})

it('puts off what meets a blocked connection: no attempt, no failure', async () => {
  const hub = delivering()
  hub.registry.updateHealth([{ ...healthy('con_mail'), level: 1, initialFailureAt: NOON, blockedUntil: NOON + 5 * MINUTE }])
  expect(await hub.attempt(hub.toJob(loaded()), 'con_mail')).toMatchObject({ state: 'queued', dueAt: NOON + 5 * MINUTE, postponed: true, tries: [] })
  const shared = loaded({ claimed: aClaimed({ recipient: 'con_team', connectionId: 'con_team', channel: 'discord', notificationId: null }), reach: null })
  hub.registry.updateHealth([{ ...healthy('con_team'), level: 1, initialFailureAt: NOON, blockedUntil: NOON + MINUTE }])
  expect(await hub.attempt(hub.toJob(shared), 'con_team')).toMatchObject({ state: 'queued', dueAt: NOON + MINUTE, postponed: true })
})

it('only writes to the log while there is no connection, and asks no vendor', async () => {
  const hub = delivering()
  expect(await hub.attempt(hub.toJob(loaded()), LOG_CONNECTION)).toMatchObject({ state: 'logged', message: { text: 'main is red' } })
  expect(hub.logged).toEqual(['dlv_1'])
  expect(hub.vendors.asked).toEqual([])
})

it('sends a secret to whom it is meant for, and keeps what was sent without it', async () => {
  const hub = delivering()
  const event = anEvent({ data: { code: '********' }, sensitive: 'v1.sealed' })
  const outcome = await hub.attempt(hub.toJob(loaded({ event })), 'con_mail')
  expect(hub.vendors.asked[0]!.job.message.title).toContain('123456')
  expect(outcome.message!.title).toBe('{"code":"********"}')
  await hub.attempt(hub.toJob(loaded({ event })), LOG_CONNECTION)
  expect(hub.rendered.at(-1)!.event.data).toEqual({ code: '********' })
})

it('writes to a bare address what is known of it', () => {
  const hub = delivering()
  const claimed = aClaimed({ recipient: 'adr_1', notificationId: null })
  expect(hub.toJob(loaded({ claimed, reach: null, person: { email: 'eva@example.com', name: 'Eva' } })).destination).toEqual({
    address: 'eva@example.com',
    name: 'Eva',
  })
})

it('still delivers when the event type was deleted meanwhile', async () => {
  const hub = delivering()
  expect((await hub.attempt(hub.toJob(loaded({ event: anEvent({ type: 'gone.type' }) })), 'con_mail')).state).toBe('sent')
})

it('tries again what met a limit of rendering, and gives up what is broken', async () => {
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
