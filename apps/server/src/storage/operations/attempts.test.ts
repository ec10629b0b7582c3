import { expect, it } from 'vitest'
import { type AttemptRow, attemptsOf } from './attempts.ts'

const row = (more: Partial<AttemptRow>): AttemptRow => ({
  ...{ n: 1, connection_id: 'con_1', at: 5, ms: 7, outcome: 'sent', code: null, status: null, detail: null, retry_at: null },
  ...more,
})
const untold = { attempts: 1, connection_id: 'con_1', tried_at: null, tried_ms: null }

it('attempts of a delivery that was sent at once are read from its own row', () => {
  expect(attemptsOf({ ...untold, tried_at: 5, tried_ms: 7 }, [])).toEqual([row({})])
  expect(attemptsOf(untold, [])).toEqual([])
})

it('attempts are in their order, with the one that failed over before the one after it', () => {
  const [first, over, next, last] = [row({ at: 1 }), row({ n: 2, outcome: 'failover' }), row({ n: 2, connection_id: 'con_2' }), row({ n: 3, at: 9 })]
  expect(attemptsOf(untold, [last, next, over, first])).toEqual([first, over, next, last])
})
