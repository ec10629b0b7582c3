import { expect, it } from 'vitest'
import { createAdmission } from './admission.ts'

it('admission refuses events above the high-water mark and on a full disk, and accepts them again afterwards', async () => {
  const hub = { depth: 0, free: null as number | null }
  const admission = createAdmission({ depth: async () => hub.depth, freeBytes: async () => hub.free, highWater: 100, diskFloor: 1000 })
  const after = async (depth: number, free: number | null) => {
    Object.assign(hub, { depth, free })
    await admission.measure()
    return admission.state().refusal
  }
  expect(await after(99, 1000)).toBeNull()
  expect(await after(100, 1000)).toBe('overloaded')
  expect(() => admission.check()).toThrow(expect.objectContaining({ code: 'overloaded', status: 503, retryAfter: 10 }))
  expect(await after(100, 999)).toBe('storage_full')
  expect(await after(0, null)).toBeNull()
  expect(() => admission.check()).not.toThrow()
  admission.stop()
  expect(await after(0, null)).toBe('stopping')
  expect(() => admission.check()).toThrow(expect.objectContaining({ code: 'stopping', retryAfter: 5 }))
})
