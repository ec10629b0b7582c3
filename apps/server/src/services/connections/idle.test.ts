import { describe, expect, it } from 'vitest'
import type { Connection } from '../../domain/connection.ts'
import { aConnection } from '../../domain/testing/samples.ts'
import { providers } from '../../providers/index.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import { idleWarnings } from './idle.ts'

const on = { isOff: () => false }
const off = { isOff: () => true }
const pointers = (provider: Provider, more: Partial<Connection>, hub = on) =>
  idleWarnings(aConnection({ channel: provider.channel, ...more }), provider, hub).map(({ pointer }) => pointer)
const all = providers.map((provider) => [provider.id, provider] as const)

describe('a connection that will send nothing', () => {
  it.each(all)('%s: shared and without events', (_id, provider) => {
    expect(pointers(provider, { personal: false, destination: {} })).toEqual(['/events'])
    expect(pointers(provider, { personal: false, destination: {}, events: [{ type: '*' }] })).toEqual([])
  })

  it.each(all)('%s: personal, without the keys that devices subscribe with', (_id, provider) => {
    expect(pointers(provider, {})).toEqual(provider.deviceKeys === undefined ? [] : ['/settings/publicKey'])
    expect(pointers(provider, { settings: provider.deviceKeys?.generate() ?? {} })).toEqual([])
  })

  it.each(all)('%s: on a channel that is switched off', (_id, provider) => {
    expect(pointers(provider, { settings: provider.deviceKeys?.generate() ?? {} }, off)).toEqual(['/enabled'])
  })
})
