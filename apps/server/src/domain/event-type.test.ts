import { expect, it } from 'vitest'
import { isOnByDefault, SEVERITIES, severityRank } from './event-type.ts'

it('severities are ranked from quiet to loud', () => {
  const ranks = SEVERITIES.map((severity) => severityRank[severity])
  expect([...ranks].sort()).toEqual(ranks)
  expect(severityRank.success).toBe(severityRank.info)
})

it.each([
  ['on everywhere when it says nothing', undefined, { in_app: true, email: true }],
  ['on only where it says so, and in the inbox', { email: true }, { in_app: true, email: true, ntfy: false }],
  ['off in the inbox when it says so', { in_app: false, email: true }, { in_app: false, email: true }],
])('an event type is %s', (_what, channels, expected) => {
  const type = channels === undefined ? {} : { channels }
  expect(Object.fromEntries(Object.keys(expected).map((channel) => [channel, isOnByDefault(type, channel)]))).toEqual(expected)
})
