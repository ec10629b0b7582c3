import { expect, it } from 'vitest'
import { healthy } from '../connections/health.ts'
import { type HealthReport, noOutcome, type Outcome } from '../delivery/outcome.ts'
import { aJob } from '../delivery/testing/job.ts'
import type { TargetHealth } from '../domain/connection.ts'
import { aConnection } from '../domain/testing/samples.ts'
import { TROUBLES } from '../domain/trouble.ts'
import { createLog } from '../log.ts'
import { createConnectionLog } from './connection-log.ts'

const reported = (...health: Omit<HealthReport, 'at'>[]): Outcome => ({ ...noOutcome(aJob()), health: health.map((one) => ({ ...one, at: 0 })) })

const refusal = { likeness: 'x', ofRecipient: true, delivery: 'dlv_1', destination: 'dst_1', event: 'evt_1' }

function rig() {
  const lines: { level: string; msg: string; alike: number; name: string; field?: string; remedy: string }[] = []
  let now = 0
  const note = createConnectionLog({
    log: createLog('info', { write: (line) => lines.push(JSON.parse(line)) }),
    clock: () => now,
    find: (id) => (id === 'con_gone' ? undefined : aConnection({ id, name: `Name of ${id}` })),
  })
  return { lines, note: (outcomes: Outcome[], changed: TargetHealth[] = []) => note(outcomes, changed), advance: (ms: number) => (now += ms) }
}

it('connection log: a warning at the first failure of each connection, then one a minute with the number between', () => {
  const { lines, note, advance } = rig()
  note([reported({ target: 'con_a', error: '535 no', trouble: 'settings', field: '/settings/password' }), reported({ target: 'con_a', error: '535 no' })])
  note([reported({ target: 'con_b', error: 'refused' })])
  advance(59_999)
  note([reported({ target: 'con_a', error: '535 no' })])
  expect(lines.map(({ level, msg, alike }) => [level, msg, alike])).toEqual([
    ['warn', 'the connection “Name of con_a” fails: 535 no', 0],
    ['warn', 'the connection “Name of con_b” fails: refused', 0],
  ])
  expect(lines[0]).toMatchObject({ field: '/settings/password', remedy: expect.stringMatching(/^Correct its settings\. .*carillon connections test con_a$/) })
  advance(1)
  note([reported({ target: 'con_a', error: '535 no' })])
  expect(lines[2]).toMatchObject({ alike: 2 })
})

it('connection log: says nothing of successes, of pauses that a vendor asked for, and of destinations', () => {
  const { lines, note } = rig()
  note([reported({ target: 'con_a', error: null }, { target: 'con_a', error: 'slow down', pauseMs: 1000 }, { target: 'dst_a', error: 'gone' })])
  expect(lines).toEqual([])
})

it('connection log: a refusal that may be the recipient’s is no failure of the connection until it is blamed for a row of them', () => {
  const { lines, note } = rig()
  const alike = { likeness: 'x', refused: [], blamed: false }
  note([reported({ target: 'con_a', error: '550 5.1.1 User unknown', refusal })], [{ ...healthy('con_a'), alike }])
  expect(lines).toEqual([])
  const blamed = { ...healthy('con_a'), lastError: 'Refused 20 different recipients', alike: { ...alike, blamed: true } }
  note([reported({ target: 'con_a', error: '550 5.1.1 User unknown', refusal })], [blamed])
  expect(lines).toMatchObject([{ msg: expect.stringContaining('fails: Refused 20 different recipients'), remedy: expect.stringMatching(/^Read what it says/) }])
})

it.each(Object.keys(TROUBLES))('connection log: a failure of the kind %s has a remedy, also of a connection that is gone', (trouble) => {
  const { lines, note } = rig()
  note([reported({ target: 'con_gone', error: 'x', trouble: trouble as keyof typeof TROUBLES })])
  expect(lines[0]?.remedy).toMatch(/^[A-Z].+\. /)
  expect(lines[0]).toMatchObject({ name: 'con_gone', provider: null, channel: aJob().channel })
})
