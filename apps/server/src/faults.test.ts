import { describe, expect, it, vi } from 'vitest'
import { parseFaults } from './faults.ts'

describe('fault points', () => {
  it('fires once, at the time that was asked for', () => {
    const kill = vi.fn()
    const faults = parseFaults('lease.after_claim@2=kill', kill)
    faults.at('lease.after_claim')
    faults.at('send.after_bytes')
    expect(kill).not.toHaveBeenCalled()
    expect(() => faults.at('lease.after_claim')).toThrow('fault at lease.after_claim')
    expect(kill).toHaveBeenCalledTimes(1)
    faults.at('lease.after_claim')
    expect(kill).toHaveBeenCalledTimes(1)
  })

  it('waits for the subject that was named', () => {
    const kill = vi.fn()
    const faults = parseFaults('send.before:mallory=kill', kill)
    faults.at('send.before', 'ana')
    faults.at('send.before')
    expect(kill).not.toHaveBeenCalled()
    expect(() => faults.at('send.before', 'mallory')).toThrow()
    expect(kill).toHaveBeenCalledTimes(1)
  })

  it('throws without killing when that is asked for', () => {
    const kill = vi.fn()
    expect(() => parseFaults('route.mid_batch=throw', kill).at('route.mid_batch')).toThrow('fault at route.mid_batch')
    expect(kill).not.toHaveBeenCalled()
  })

  it('switches sabotage on only when it is named', () => {
    const faults = parseFaults('ack_before_commit=on, record.before_commit=kill', () => {})
    expect(faults.sabotaged('ack_before_commit')).toBe(true)
    expect(faults.sabotaged('enqueue_after_commit')).toBe(false)
    expect(parseFaults(null, () => {}).sabotaged('ack_before_commit')).toBe(false)
  })

  it.each(['send.after_byte=kill', 'ack_before_commits=on', 'send.after_bytes=on', 'send.after_bytes', 'send.after_bytes@x=kill'])(
    'refuses "%s", which would never fire',
    (text) => {
      expect(() => parseFaults(text, () => {})).toThrow('CARILLON_FAULT')
    },
  )
})
