import { expect, it } from 'vitest'
import { ended, noOutcome } from '../delivery/outcome.ts'
import { aJob } from '../delivery/testing/job.ts'
import { createLog } from '../log.ts'
import { createNoticeLog, createOutcomeLog, createSweepLog } from './operator-log.ts'

function rig() {
  const lines: { level: string; msg: string; alike?: number; why?: string; delivery?: string }[] = []
  let now = 0
  const parts = { log: createLog('debug', { write: (line: string) => lines.push(JSON.parse(line)) }), clock: () => now }
  return { lines, parts, advance: (ms: number) => (now += ms) }
}

const dead = (id: string, connectionId: string, code: string) => ended({ ...aJob(), id, connectionId }, 'failed', { code, sentence: 'no' }, 0)

it('dead letters: ten lines a minute for each connection and reason, then one with the number between; another reason is not hidden', () => {
  const { lines, parts, advance } = rig()
  const note = createOutcomeLog(parts)
  note(Array.from({ length: 1000 }, (_, n) => dead(`dlv_${n}`, 'con_a', 'smtp_550')))
  expect(lines).toHaveLength(10)
  note([dead('dlv_x', 'con_b', 'smtp_550'), dead('dlv_y', 'con_a', 'exhausted')])
  expect(lines.slice(10)).toMatchObject([{ delivery: 'dlv_x' }, { why: 'exhausted', level: 'warn', msg: 'a delivery failed for good: no' }])
  advance(60_000)
  note([dead('dlv_z', 'con_a', 'smtp_550')])
  expect(lines.at(-1)).toMatchObject({ delivery: 'dlv_z', alike: 990 })
})

it('attempts that are made again are told at debug, and successes not at all', () => {
  const { lines, parts } = rig()
  const again = { ...noOutcome(aJob()), state: 'queued' as const, dueAt: 5, error: { code: 'timeout', sentence: 'late' } }
  createOutcomeLog(parts)([again, { ...noOutcome(aJob()), state: 'sent' }])
  expect(lines).toMatchObject([{ level: 'debug', msg: 'an attempt failed: late', again: 5 }])
})

it('destinations that are switched off: ten lines a minute for each channel', () => {
  const { lines, parts } = rig()
  const note = createNoticeLog(parts)
  const off = (n: number, channel: string) => ({ kind: 'destination.switched_off' as const, target: `dst_${n}`, detail: 'gone', blockedUntil: null, channel })
  note({ notices: Array.from({ length: 500 }, (_, n) => off(n, 'email')), events: [] })
  note({ notices: [off(1, 'webhook')], events: [] })
  expect(lines).toHaveLength(11)
})

it('what a sweep took back: of dead processes and of stopped ones, and of claims whose answer was lost; nothing when there is nothing', () => {
  const { lines, parts } = rig()
  const note = createSweepLog(parts.log)
  note({ released: 0, cutOff: 0, astray: 0, quarantined: [] })
  expect(lines).toEqual([])
  note({ released: 0, cutOff: 1, astray: 2, quarantined: [] })
  note({ released: 3, cutOff: 0, astray: 0, quarantined: [{}] })
  expect(lines).toMatchObject([
    { level: 'warn', deliveries: 1, msg: expect.stringContaining('a stop cut off') },
    { level: 'warn', deliveries: 2, msg: expect.stringContaining('its answer was lost') },
    { level: 'warn', released: 3, quarantined: 1, msg: expect.stringContaining('of a dead process were reclaimed') },
  ])
})
