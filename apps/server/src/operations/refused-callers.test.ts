import { expect, it } from 'vitest'
import type { RefusedRequest } from '../domain/refused-request.ts'
import { createLog } from '../log.ts'
import { createMetrics } from './metrics.ts'
import { createRefusedCallers } from './refused-callers.ts'

const caller = (more: Partial<RefusedRequest> = {}): RefusedRequest => ({
  code: 'unauthorized',
  status: 401,
  key: null,
  address: '203.0.113.7',
  method: 'GET',
  route: '/v1/events',
  ...more,
})

function rig() {
  const lines: { key: string | null; address: string; reason: string; alike: number }[] = []
  // Not 0, at which a minute that never began would end.
  let now = 1_000_000
  const metrics = createMetrics()
  const refused = createRefusedCallers(metrics, { log: createLog('info', { write: (line) => lines.push(JSON.parse(line)) }), clock: () => now })
  return { lines, refused, metrics, advance: (ms: number) => (now += ms) }
}

it('refused callers: each is counted; a reason and key has one line a minute with its number, the prefix and the address', async () => {
  const { lines, refused, metrics, advance } = rig()
  for (let n = 0; n < 3; n++) refused(caller({ key: 'AbCdEfGh' }))
  refused(caller({ code: 'forbidden', status: 403, key: 'AbCdEfGh' }))
  refused(caller({ code: 'too_many_requests', status: 429 }))
  refused(caller({ code: 'not_found', status: 404 }))
  refused(caller({ key: 'IjKlMnOp' }))
  advance(60_000)
  refused(caller({ key: 'AbCdEfGh' }))
  expect(lines.map(({ reason, key, address, alike }) => [reason, key, address, alike])).toEqual([
    ['unauthorized', 'AbCdEfGh', '203.0.113.7', 0],
    ['forbidden', 'AbCdEfGh', '203.0.113.7', 0],
    ['too_many_requests', null, '203.0.113.7', 0],
    ['unauthorized', 'IjKlMnOp', '203.0.113.7', 0],
    ['unauthorized', 'AbCdEfGh', '203.0.113.7', 2],
  ])
  const text = await metrics.text()
  expect(text).toContain('carillon_requests_refused_total{reason="unauthorized"} 5')
  expect(text).toContain('carillon_requests_refused_total{reason="forbidden"} 1')
  expect(text).not.toContain('not_found')
})

it('refused callers: a scan with made-up keys writes a bounded number of lines, and all are counted', async () => {
  const { lines, refused, metrics, advance } = rig()
  for (let n = 0; n < 5000; n++) refused(caller({ key: `key${n}` }))
  expect(lines).toHaveLength(20)
  expect(await metrics.text()).toContain('carillon_requests_refused_total{reason="unauthorized"} 5000')
  advance(60_000)
  refused(caller({ key: 'a new minute' }))
  expect(lines).toHaveLength(21)
})

it('refused callers: a clock that is set back hides nobody for longer than a minute', () => {
  const { lines, refused, advance } = rig()
  for (let n = 0; n < 30; n++) refused(caller({ key: `key${n}` }))
  expect(lines).toHaveLength(20)
  advance(-3_600_000)
  refused(caller({ key: 'key99' }))
  expect(lines).toHaveLength(21)
})
