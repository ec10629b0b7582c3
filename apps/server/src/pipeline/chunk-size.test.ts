import { afterEach, expect, it, vi } from 'vitest'
import { createChunkSize, fitting } from './chunk-size.ts'

afterEach(() => vi.restoreAllMocks())

it('fits as many recipients into a chunk as take 10 ms, at most twice as many as before', () => {
  expect(fitting(100, 20)).toBe(50)
  expect(fitting(100, 8)).toBe(125)
  expect(fitting(100, 1)).toBe(200)
  expect(fitting(250, 1)).toBe(250)
  expect(fitting(30, 1000)).toBe(25)
  expect(fitting(25, 0)).toBe(50)
})

it('begins with small chunks where a transaction holds the event loop, and fits them to it', async () => {
  const size = createChunkSize({ parallel: false })
  expect(size.now()).toBe(25)
  vi.spyOn(performance, 'now').mockReturnValueOnce(1000).mockReturnValueOnce(1006).mockReturnValueOnce(2000).mockReturnValueOnce(2012)
  await size.measure(async () => {})
  expect(size.now()).toBe(42)
  await size.measure(async () => {})
  expect(size.now()).toBe(35)
})

it('keeps the size where the event loop runs on during a transaction', async () => {
  const size = createChunkSize({ parallel: true })
  vi.spyOn(performance, 'now').mockReturnValueOnce(1000).mockReturnValueOnce(1100)
  await size.measure(async () => {})
  expect(size.now()).toBe(250)
})
