import { describe, expect, it } from 'vitest'
import { aConnection, NOON } from '../domain/testing/samples.ts'
import { healthy } from './health.ts'
import { createRegistry, LOG_CONNECTION } from './registry.ts'

const blocked = (target: string, until = NOON + 1000) => ({ ...healthy(target), level: 1, initialFailureAt: NOON, blockedUntil: until })
const ids = (connections: readonly { id: string }[]) => connections.map(({ id }) => id)

const first = aConnection({ id: 'con_b', priority: 1 })
const second = aConnection({ id: 'con_a', priority: 2 })
const third = aConnection({ id: 'con_c', priority: 2 })
const discord = aConnection({ id: 'con_team', channel: 'discord', personal: false })

function registry() {
  const made = createRegistry()
  made.replace([third, discord, second, first])
  return made
}

it('keeps the connections of a channel in the order of their priority, then of their ids', () => {
  expect(ids(registry().open('email', NOON))).toEqual(['con_b', 'con_a', 'con_c'])
  expect(registry().open('sms', NOON)).toEqual([])
  expect(registry().find('con_team')).toBe(discord)
  expect(registry().find('con_x')).toBeUndefined()
})

it('plans on the first open connection, else on the first enabled one, else on the log', () => {
  const some = registry()
  expect(some.planOn('email', NOON)).toBe('con_b')
  some.updateHealth([blocked('con_b')])
  expect(some.planOn('email', NOON)).toBe('con_a')
  some.updateHealth([blocked('con_a'), blocked('con_c')])
  expect(some.planOn('email', NOON)).toBe('con_b')
  expect(some.connected('email')).toBe(true)
  expect(some.planOn('sms', NOON)).toBe(LOG_CONNECTION)
})

it('lets the first open connection serve the queues of those that are blocked or off', () => {
  const some = registry()
  expect(some.queuesOf(first, NOON)).toEqual(['con_b'])
  expect(some.queuesOf(second, NOON)).toEqual(['con_a'])
  some.updateHealth([blocked('con_b')])
  expect(some.queuesOf(second, NOON)).toEqual(['con_a', 'con_b'])
  expect(some.queuesOf(third, NOON)).toEqual(['con_c'])
  expect(ids(some.lanes(NOON)).sort()).toEqual(['con_a', 'con_c', 'con_team'])
  const off = { ...second, enabled: false }
  some.replace([first, off, third])
  expect(some.queuesOf(third, NOON)).toEqual(['con_c', 'con_b', 'con_a'])
})

it('serves every queue of a channel by exactly one lane', async () => {
  const some = registry()
  for (const down of [[], ['con_b'], ['con_a'], ['con_b', 'con_a'], ['con_c', 'con_b']]) {
    await some.loadHealth(async () => down.map((id) => blocked(id)))
    const emptied = some.lanes(NOON).flatMap((connection) => some.queuesOf(connection, NOON))
    expect(emptied.sort()).toEqual(['con_a', 'con_b', 'con_c', 'con_team'])
  }
})

it('lets no other connection serve the queue of a shared one', () => {
  const some = registry()
  some.updateHealth([blocked('con_team')])
  expect(ids(some.shared())).toEqual(['con_team'])
  expect(some.lanes(NOON).flatMap((connection) => some.queuesOf(connection, NOON))).not.toContain('con_team')
  some.replace([{ ...discord, enabled: false }])
  expect(some.shared()).toEqual([])
})

it('opens a blocked connection when its block ends, or when it is reported healthy', async () => {
  const some = registry()
  some.updateHealth([blocked('con_b', NOON + 1000)])
  expect(some.isBlocked('con_b', NOON + 999)).toBe(true)
  expect(ids(some.open('email', NOON + 1000))).toEqual(['con_b', 'con_a', 'con_c'])
  some.updateHealth([healthy('con_b')])
  expect(some.health('con_b')).toBeUndefined()
  await some.loadHealth(async () => [blocked('con_a')])
  await some.loadHealth(async () => [])
  expect(some.isBlocked('con_a', NOON)).toBe(false)
})

it('keeps health that it learned while the store was read', async () => {
  const some = registry()
  await some.loadHealth(async () => {
    some.updateHealth([blocked('con_a'), healthy('con_b')])
    return [blocked('con_b'), blocked('con_c')]
  })
  expect(['con_a', 'con_b', 'con_c'].map((id) => some.isBlocked(id, NOON))).toEqual([true, false, true])
  await expect(some.loadHealth(() => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk')
  expect(some.isBlocked('con_a', NOON)).toBe(true)
})

it('plans deliveries to a device on a connection of its provider', () => {
  const some = createRegistry()
  const apns = { ...first, id: 'con_apns', provider: 'apns', channel: 'mobile_push' }
  const fcm = { ...first, id: 'con_fcm', provider: 'fcm', channel: 'mobile_push' }
  some.replace([apns, fcm])
  expect([some.planOn('mobile_push', NOON), some.planOn('mobile_push', NOON, 'fcm'), some.planOn('mobile_push', NOON, 'pigeon')]).toEqual([
    'con_apns',
    'con_fcm',
    LOG_CONNECTION,
  ])
  some.replace([apns, { ...fcm, enabled: false }])
  expect(some.providers('mobile_push')).toEqual(['apns'])
})

it('only logs while no connection of any kind is enabled', () => {
  const some = createRegistry()
  expect(some.logOnly()).toBe(true)
  some.replace([{ ...first, enabled: false }])
  expect(some.logOnly()).toBe(true)
  expect(some.connected('email')).toBe(false)
  expect(some.planOn('email', NOON)).toBe(LOG_CONNECTION)
  some.replace([discord])
  expect(some.logOnly()).toBe(false)
})

describe('a built-in connection', () => {
  const direct = aConnection({ id: 'con_direct', channel: 'urls', priority: Number.NEGATIVE_INFINITY })
  const made = createRegistry([direct])

  it('exists before anything is configured: a lane for its channel, and the hub still only logs', () => {
    expect(made.planOn('urls', NOON)).toBe('con_direct')
    expect(made.connected('urls')).toBe(true)
    expect(made.lanes(NOON)).toEqual([direct])
    expect(made.find('con_direct')).toBe(direct)
    expect(made.logOnly()).toBe(true)
    expect(made.planOn('email', NOON)).toBe(LOG_CONNECTION)
  })

  it('is never listed or tested, and stays first when others are added', () => {
    const relay = aConnection({ id: 'con_relay', channel: 'urls' })
    made.replace([relay])
    expect(made.all()).toEqual([relay])
    expect(made.open('urls', NOON)).toEqual([relay])
    expect(made.planOn('urls', NOON)).toBe('con_direct')
    expect([made.isBuiltIn('con_direct'), made.isBuiltIn('con_relay')]).toEqual([true, false])
  })
})

it('releaseOn finds a connection of the provider, and never the log, which would end a delivery that was planned before', () => {
  const registry = createRegistry()
  expect(registry.releaseOn('mobile_push', NOON, 'fcm')).toBeNull()
  registry.replace([
    aConnection({ id: 'con_apns', channel: 'mobile_push', provider: 'apns' }),
    aConnection({ id: 'con_fcm', channel: 'mobile_push', provider: 'fcm', priority: 1 }),
  ])
  expect(registry.releaseOn('mobile_push', NOON, 'fcm')).toBe('con_fcm')
  expect(registry.releaseOn('mobile_push', NOON, 'web_push')).toBeNull()
  expect(registry.releaseOn('email', NOON)).toBeNull()
})
