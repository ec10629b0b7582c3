import { expect, it } from 'vitest'
import { healthy } from '../connections/health.ts'
import type { Connection, TargetHealth } from '../domain/connection.ts'
import { aConnection, NOON } from '../domain/testing/samples.ts'
import type { KnownIssue } from '../storage/operations/health-issues.ts'
import { createIssues } from './connection-issues.ts'

const fails = (error: string, more: Partial<TargetHealth> = {}): TargetHealth => ({
  ...healthy(''),
  initialFailureAt: NOON - 1000,
  failures: 1,
  lastError: error,
  ...more,
})

function issues(connections: [connection: Partial<Connection>, health?: TargetHealth][], known: KnownIssue[] = []) {
  const all = connections.map(([more], n) => aConnection({ id: `con_${n}`, ...more }))
  const healths = new Map(connections.map(([, health], n) => [`con_${n}`, health]))
  return createIssues({ registry: { all: () => all, health: (id) => healths.get(id) }, known: () => known, clock: () => NOON })()
}

it.each([
  ['a failure before any block', [[{}, fails('530 No.')]], ['connections.email warning The connection Office mail (smtp) fails: 530 No']],
  [
    'a shared connection',
    [[{ personal: false, channel: 'slack', provider: 'slack', name: 'Team' }, fails('gone', { blockedUntil: NOON + 1 })]],
    ['connections.slack warning The connection Team (slack) fails: gone'],
  ],
  [
    'two of one channel',
    [
      [{}, fails('a')],
      [{ name: 'Backup' }, fails('b')],
    ],
    ['connections.email warning The connection Office mail (smtp) fails: a. The connection Backup (smtp) fails: b'],
  ],
  ['one that is switched off', [[{ enabled: false }, fails('a')]], []],
  ['one that its vendor paused', [[{}, fails('slow down', { failures: 0, pausedUntil: NOON + 1 })]], []],
  ['one that works', [[{}]], []],
] satisfies [string, [Partial<Connection>, TargetHealth?][], string[]][])('issues of %s', (_, connections, expected) => {
  expect(issues(connections).map(({ source, level, message }) => `${source} ${level} ${message}`)).toEqual(expected)
})

it('an issue of several connections has lasted since the first of their failures; of one whose beginning nobody knows, since now', () => {
  const since = (...at: (number | null)[]) => issues(at.map((initialFailureAt) => [{}, fails('a', { initialFailureAt })]))[0]?.since
  expect([since(NOON - 10, NOON - 70, NOON - 40), since(null)]).toEqual([NOON - 70, NOON])
})

it('issues that were reported keep their level and their time, and get the last errors', () => {
  const known: KnownIssue = { source: 'connections.email', level: 'error', message: 'Nothing is delivered', since: NOON - 5 }
  expect(issues([[{}, fails('530 No', { blockedUntil: NOON + 1 })]], [known])).toEqual([
    { ...known, message: 'Nothing is delivered. The last error of Office mail: 530 No' },
  ])
  expect(issues([[{}]], [known]), 'a block that another node has just ended').toEqual([known])
})
