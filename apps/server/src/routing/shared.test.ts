import { expect, it } from 'vitest'
import type { Connection } from '../domain/connection.ts'
import type { Event } from '../domain/event.ts'
import type { EventType } from '../domain/event-type.ts'
import { aConnection, anEvent, anEventType } from '../domain/testing/samples.ts'
import { routeShared } from './shared.ts'

type Condition = NonNullable<Connection['events'][number]['when']>
const team = (more: Partial<Connection> = {}) =>
  aConnection({ id: 'con_team', channel: 'discord', personal: false, events: [{ type: 'build.failed' }], ...more })

/** What the team's connection hears of an event, in short. */
function hears(connection: Partial<Connection> = {}, event: Partial<Event> = {}, sensitive = false, type: Partial<EventType> = {}) {
  const decision = routeShared(team(connection), anEvent(event), anEventType(type), sensitive)
  return decision && `${decision.decision} ${decision.reason}`
}

it('hears what it subscribes to, and names itself', () => {
  expect(routeShared(team(), anEvent(), anEventType(), false)).toEqual({ channel: 'discord', connection: 'con_team', decision: 'deliver', reason: 'routed' })
})

it('says nothing about types that it does not subscribe to', () => {
  expect(hears({ events: [] })).toBeNull()
  expect(hears({ events: [{ type: 'build.passed' }] })).toBeNull()
})

it('hears everything by a star, except what the hub says about itself', () => {
  expect(hears({ events: [{ type: '*' }] })).toBe('deliver routed')
  expect(hears({ events: [{ type: '*' }] }, {}, false, { category: 'system' })).toBeNull()
  expect(hears({}, {}, false, { category: 'system' })).toBe('deliver routed')
})

it('is skipped when the event names other channels, and never hears a secret', () => {
  expect(hears({}, { channels: ['email'] })).toBe('skip not_requested')
  expect(hears({}, { channels: ['discord'] })).toBe('deliver routed')
  expect(hears({}, {}, true)).toBe('skip sensitive')
})

it('hears from its severity on', () => {
  const severities = ['debug', 'info', 'success', 'warning', 'error', 'critical'] as const
  const heard = (minSeverity: Connection['minSeverity']) => severities.filter((severity) => hears({ minSeverity }, { severity }) === 'deliver routed')
  expect(heard(null)).toEqual([...severities])
  expect(heard('warning')).toEqual(['warning', 'error', 'critical'])
  expect(heard('info')).toEqual(['info', 'success', 'warning', 'error', 'critical'])
  expect(hears({ minSeverity: 'error' })).toBe('skip severity')
})

it('with tags hears only what shares one', () => {
  expect(hears({ tags: ['eu', 'web'] }, { tags: ['us'] })).toBe('skip tags')
  expect(hears({ tags: ['eu', 'web'] }, { tags: [] })).toBe('skip tags')
  expect(hears({ tags: ['eu', 'web'] }, { tags: ['us', 'web'] })).toBe('deliver routed')
  expect(hears({ tags: [] }, { tags: ['us'] })).toBe('deliver routed')
})

it('hears whatever its tags are when the type is for all who subscribe', () => {
  const everybody = { tagFiltered: false }
  expect(hears({ tags: ['eu'] }, { tags: ['us'] }, false, everybody)).toBe('deliver routed')
  expect(hears({ tags: ['eu'], minSeverity: 'error' }, { tags: [] }, false, everybody)).toBe('skip severity')
})

it('says what Prowlarr’s switches say: without manual grabs, without warnings', () => {
  const grab = (when: Condition, trigger: string) => hears({ events: [{ type: 'build.failed', when }] }, { data: { trigger } })
  expect([grab({ trigger: 'api' }, 'api'), grab({ trigger: 'api' }, 'manual')]).toEqual(['deliver routed', 'skip condition'])
  const health = (when: Condition) =>
    ['notice', 'warning', 'error'].filter((level) => hears({ events: [{ type: 'build.failed', when }] }, { data: { level } }) === 'deliver routed')
  expect(health({ level: 'error' })).toEqual(['error'])
  expect(health({ level: ['warning', 'error'] })).toEqual(['warning', 'error'])
})

it('hears only what meets every condition of one subscription', () => {
  const when = (...conditions: Condition[]) => ({
    events: conditions.map((one) => ({ type: 'build.failed', when: one })),
  })
  const data = { branch: 'main', repo: { name: 'hub', size: 3 }, flaky: null }
  expect(hears(when({ branch: 'main' }), { data })).toBe('deliver routed')
  expect(hears(when({ branch: 'dev' }), { data })).toBe('skip condition')
  expect(hears(when({ branch: 'main', 'repo.name': 'other' }), { data })).toBe('skip condition')
  expect(hears(when({ 'repo.name': 'hub', 'repo.size': 3 }), { data })).toBe('deliver routed')
  expect(hears(when({ 'repo.size': '3' }), { data })).toBe('skip condition')
  expect(hears(when({ branch: ['dev', 'main'] }), { data })).toBe('deliver routed')
  expect(hears(when({ branch: [] }), { data })).toBe('skip condition')
  expect(hears(when({ flaky: null }), { data })).toBe('deliver routed')
  expect(hears(when({ missing: null }), { data })).toBe('deliver routed')
  expect(hears(when({ branch: null }), { data })).toBe('skip condition')
  expect(hears(when({ 'repo.fork': [null, false] }), { data })).toBe('deliver routed')
  expect(hears(when({ branch: 'dev' }, { branch: 'main' }), { data })).toBe('deliver routed')
})

it('looks only at fields that the event itself has', () => {
  expect(hears({ events: [{ type: 'build.failed', when: { 'constructor.name': 'Object' } }] })).toBe('skip condition')
})
