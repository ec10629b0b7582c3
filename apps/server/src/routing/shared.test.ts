import { expect, it } from 'vitest'
import type { Connection } from '../domain/connection.ts'
import type { Event } from '../domain/event.ts'
import type { EventType } from '../domain/event-type.ts'
import { aConnection, anEvent, anEventType } from '../domain/testing/samples.ts'
import { routeShared } from './shared.ts'

type Condition = NonNullable<Connection['events'][number]['when']>
const team = (more: Partial<Connection> = {}) =>
  aConnection({ id: 'con_team', channel: 'discord', personal: false, events: [{ type: 'build.failed' }], ...more })

/** The verdict for the team's connection on an event, as a short text. */
function verdictOn(connection: Partial<Connection> = {}, event: Partial<Event> = {}, sensitive = false, type: Partial<EventType> = {}) {
  const decision = routeShared(team(connection), anEvent(event), anEventType(type), sensitive)
  return decision && `${decision.decision} ${decision.reason}`
}

it('a shared connection gets the types that it subscribes to', () => {
  expect(routeShared(team(), anEvent(), anEventType(), false)).toEqual({ channel: 'discord', connection: 'con_team', decision: 'deliver', reason: 'routed' })
})

it('a shared connection has no verdict on types that it does not subscribe to', () => {
  expect(verdictOn({ events: [] })).toBeNull()
  expect(verdictOn({ events: [{ type: 'build.passed' }] })).toBeNull()
})

it('a shared connection gets every type by `*`, except system events', () => {
  expect(verdictOn({ events: [{ type: '*' }] })).toBe('deliver routed')
  expect(verdictOn({ events: [{ type: '*' }] }, {}, false, { category: 'system' })).toBeNull()
  expect(verdictOn({}, {}, false, { category: 'system' })).toBe('deliver routed')
})

it('a shared connection is skipped when the event names other channels or is sensitive', () => {
  expect(verdictOn({}, { channels: ['email'] })).toBe('skip not_requested')
  expect(verdictOn({}, { channels: ['discord'] })).toBe('deliver routed')
  expect(verdictOn({}, {}, true)).toBe('skip sensitive')
  expect(verdictOn({}, { place: 'dst_ada' }), 'it is for one place of a person').toBe('skip not_requested')
})

it('a shared connection gets events from its minimum severity on', () => {
  const severities = ['debug', 'info', 'success', 'warning', 'error', 'critical'] as const
  const delivered = (minSeverity: Connection['minSeverity']) => severities.filter((severity) => verdictOn({ minSeverity }, { severity }) === 'deliver routed')
  expect(delivered(null)).toEqual([...severities])
  expect(delivered('warning')).toEqual(['warning', 'error', 'critical'])
  expect(delivered('info')).toEqual(['info', 'success', 'warning', 'error', 'critical'])
  expect(verdictOn({ minSeverity: 'error' })).toBe('skip severity')
})

it('a shared connection with tags gets only events that share one', () => {
  expect(verdictOn({ tags: ['eu', 'web'] }, { tags: ['us'] })).toBe('skip tags')
  expect(verdictOn({ tags: ['eu', 'web'] }, { tags: [] })).toBe('skip tags')
  expect(verdictOn({ tags: ['eu', 'web'] }, { tags: ['us', 'web'] })).toBe('deliver routed')
  expect(verdictOn({ tags: [] }, { tags: ['us'] })).toBe('deliver routed')
})

it('a shared connection gets a type for all subscribers, whatever its tags', () => {
  const everybody = { tagFiltered: false }
  expect(verdictOn({ tags: ['eu'] }, { tags: ['us'] }, false, everybody)).toBe('deliver routed')
  expect(verdictOn({ tags: ['eu'], minSeverity: 'error' }, { tags: [] }, false, everybody)).toBe('skip severity')
})

it('conditions express Prowlarr’s switches: without manual grabs, without warnings', () => {
  const grab = (when: Condition, trigger: string) => verdictOn({ events: [{ type: 'build.failed', when }] }, { data: { trigger } })
  expect([grab({ trigger: 'api' }, 'api'), grab({ trigger: 'api' }, 'manual')]).toEqual(['deliver routed', 'skip condition'])
  const health = (when: Condition) =>
    ['notice', 'warning', 'error'].filter((level) => verdictOn({ events: [{ type: 'build.failed', when }] }, { data: { level } }) === 'deliver routed')
  expect(health({ level: 'error' })).toEqual(['error'])
  expect(health({ level: ['warning', 'error'] })).toEqual(['warning', 'error'])
})

it('an event has to meet every condition of one subscription', () => {
  const when = (...conditions: Condition[]) => ({
    events: conditions.map((one) => ({ type: 'build.failed', when: one })),
  })
  const data = { branch: 'main', repo: { name: 'hub', size: 3 }, flaky: null }
  expect(verdictOn(when({ branch: 'main' }), { data })).toBe('deliver routed')
  expect(verdictOn(when({ branch: 'dev' }), { data })).toBe('skip condition')
  expect(verdictOn(when({ branch: 'main', 'repo.name': 'other' }), { data })).toBe('skip condition')
  expect(verdictOn(when({ 'repo.name': 'hub', 'repo.size': 3 }), { data })).toBe('deliver routed')
  expect(verdictOn(when({ 'repo.size': '3' }), { data })).toBe('skip condition')
  expect(verdictOn(when({ branch: ['dev', 'main'] }), { data })).toBe('deliver routed')
  expect(verdictOn(when({ branch: [] }), { data })).toBe('skip condition')
  expect(verdictOn(when({ flaky: null }), { data })).toBe('deliver routed')
  expect(verdictOn(when({ missing: null }), { data })).toBe('deliver routed')
  expect(verdictOn(when({ branch: null }), { data })).toBe('skip condition')
  expect(verdictOn(when({ 'repo.fork': [null, false] }), { data })).toBe('deliver routed')
  expect(verdictOn(when({ branch: 'dev' }, { branch: 'main' }), { data })).toBe('deliver routed')
})

it('conditions read only fields that the event itself has', () => {
  expect(verdictOn({ events: [{ type: 'build.failed', when: { 'constructor.name': 'Object' } }] })).toBe('skip condition')
})
