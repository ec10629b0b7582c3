import { expect, it, vi } from 'vitest'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { createRegistry } from '../connections/registry.ts'
import { createLiveConfig } from './live-config.ts'

it('live configuration reads a kind again whose read failed, and only that kind', async () => {
  const channels = vi.fn(async () => new Set<string>())
  const eventTypes = vi.fn(async () => [])
  const config = createLiveConfig({
    catalogue: createCatalogue(),
    registry: createRegistry([]),
    inCode: [],
    channelNames: ['in_app', 'email'],
    eventTypes,
    connections: async () => [],
    channels,
    health: async () => [],
    dispose() {},
  })
  await config.readAll()
  channels
    .mockRejectedValueOnce(new Error('away'))
    .mockRejectedValueOnce(new Error('still away'))
    .mockResolvedValueOnce(new Set(['email']))
  await expect(config.read('channels')).rejects.toThrow('away')
  await expect(config.catchUp()).rejects.toThrow('still away')
  expect(config.channels().find(({ name }) => name === 'email')?.enabled).toBe(true)
  await config.catchUp()
  expect(config.channels().find(({ name }) => name === 'email')?.enabled).toBe(false)
  await config.catchUp()
  expect([channels.mock.calls.length, eventTypes.mock.calls.length]).toEqual([4, 1])
})
