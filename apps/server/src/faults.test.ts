import { describe, expect, it } from 'vitest'
import { type FaultPoint, parseFaults } from './faults.ts'

/** Which visits to a point break, of so many; `killed` counts kills. */
function visits(text: string | null, point: FaultPoint, times: number) {
  let killed = 0
  const faults = parseFaults(text, () => killed++)
  const broken: number[] = []
  for (let visit = 1; visit <= times; visit++) {
    try {
      faults.at(point)
    } catch {
      broken.push(visit)
    }
  }
  return { broken, killed }
}

describe('a fault point', () => {
  it('does nothing unless it is named', () => {
    expect(visits(null, 'lease.after_claim', 3)).toEqual({ broken: [], killed: 0 })
    expect(visits('', 'lease.after_claim', 3)).toEqual({ broken: [], killed: 0 })
    expect(visits('record.before_commit=kill', 'lease.after_claim', 3)).toEqual({ broken: [], killed: 0 })
  })

  it('breaks once, the first time or the nth', () => {
    expect(visits('lease.after_claim=throw', 'lease.after_claim', 3)).toEqual({ broken: [1], killed: 0 })
    expect(visits('lease.after_claim@3=throw', 'lease.after_claim', 5)).toEqual({ broken: [3], killed: 0 })
  })

  it('kills, and no code runs after it', () => {
    expect(visits('lease.after_claim@2=kill', 'lease.after_claim', 3)).toEqual({ broken: [2], killed: 1 })
  })
})

it('makes one commit fail, the first after the point was passed', () => {
  const faults = parseFaults('record.before_commit@2=ioerr,route.mid_batch=full', () => {})
  faults.at('record.before_commit')
  expect(faults.nextCommit()).toBeNull()
  faults.at('record.before_commit')
  expect([faults.nextCommit(), faults.nextCommit()]).toEqual(['ioerr', null])
  faults.at('route.mid_batch')
  expect([faults.nextCommit(), faults.nextCommit()]).toEqual(['full', null])
  expect(parseFaults(null, () => {}).nextCommit()).toBeNull()
})

it('a sabotage and a rehearsal are off unless they are named', () => {
  const faults = parseFaults('ack_before_commit=on, route.mid_batch=throw', () => {})
  expect([faults.rehearses('always_in_threads'), parseFaults('always_in_threads=on', () => {}).rehearses('always_in_threads')]).toEqual([false, true])
  expect(faults.sabotaged('ack_before_commit')).toBe(true)
  expect(faults.sabotaged('enqueue_after_commit')).toBe(false)
  expect(() => faults.at('route.mid_batch')).toThrow('fault at route.mid_batch')
})

it.each([
  'lease.after_claim',
  'lease.after_claim=explode',
  'lease.after_claim@x=kill',
  'leese.after_claim=kill',
  'ack_before_commit=kill',
  'lease.after_claim=on',
  'ack_before_commit=ioerr',
])('refuses what would never fire: %s', (text) => {
  expect(() => parseFaults(text, () => {})).toThrow(/^CARILLON_FAULT: /)
})
