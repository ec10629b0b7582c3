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

it('admission knows that its last measurement failed, and refuses nothing for that alone', async () => {
  let away = true
  const depth = () => (away ? Promise.reject(new Error('away')) : Promise.resolve(3))
  const admission = createAdmission({ depth, freeBytes: async () => null, highWater: 100, diskFloor: 0 })
  await expect(admission.measure()).rejects.toThrow('away')
  expect(admission.state()).toMatchObject({ away: true, refusal: null })
  away = false
  await admission.measure()
  expect(admission.state()).toEqual({ away: false, refusal: null, waiting: 3, free: null })
})
