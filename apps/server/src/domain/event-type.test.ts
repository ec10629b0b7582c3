import { expect, it } from 'vitest'
import { SEVERITIES, severityRank } from './event-type.ts'

it('ranks every severity, from quiet to loud', () => {
  const ranks = SEVERITIES.map((severity) => severityRank[severity])
  expect([...ranks].sort()).toEqual(ranks)
  expect(severityRank.success).toBe(severityRank.info)
})
