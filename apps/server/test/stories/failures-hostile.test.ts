import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HostileServer, type Hostility, startHostile } from '../../src/providers/testing/hostile.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, until, type World } from './world.ts'

/** The behaviour of each receiver, and the resulting outcome of its delivery. */
const VERDICTS: readonly (readonly [Hostility, { code: string; state: 'queued' | 'sent' }])[] = [
  ['stall', { code: 'timeout', state: 'queued' }],
  ['dripHeaders', { code: 'timeout', state: 'queued' }],
  // The status was a success; the rest of the response is not waited for beyond the deadline.
  ['drip', { code: '', state: 'sent' }],
  ['gigabyte', { code: '', state: 'sent' }],
  ['gzipBomb', { code: '', state: 'sent' }],
  ['garbage', { code: 'bad_answer', state: 'queued' }],
  ['redirectPrivate', { code: 'redirect', state: 'queued' }],
  ['reset', { code: 'reset', state: 'queued' }],
]

describe.each(engines)('hostile receivers (%s)', (engine) => {
  let world: World
  const servers: HostileServer[] = []
  beforeAll(async () => {
    world = await openWorld(engine)
    const { connections } = world.client()
    const [webhooks] = (await connections.list()).items.filter(({ provider }) => provider === 'webhook')
    await connections.put(webhooks!.id, { provider: 'webhook', name: 'Webhooks', personal: true, settings: { timeoutSeconds: 5 } })
  })
  afterAll(async () => {
    await world.stop()
    await Promise.all(servers.map((server) => server.close()))
  })

  it('are classified, cost no memory, and delay nobody else', async () => {
    const hub = world.client()
    const victims: string[] = []
    for (const [behaviour] of VERDICTS) {
      const server = await startHostile(behaviour)
      servers.push(server)
      victims.push(behaviour)
      await world.client(behaviour).me.putDestination('webhook', { url: `${server.url}/hook` })
    }
    const others = Array.from({ length: 100 }, (_, i) => `calm-${i}`)
    await Promise.all(others.map((id) => world.client(id).me.putDestination('webhook', { url: `${world.hooks.url}/${id}` })))
    const before = process.memoryUsage()

    // The hostile ones come first in every batch.
    const { id } = await hub.events.notify({ to: [...victims, ...others], title: 'Hello', body: 'World' })
    await until(() => world.hooks.requests.length === others.length, 'what is meant for the others')
    const stalled = await hub.deliveries.list({ event: id, user: 'stall' })
    expect(stalled.items).toMatchObject([{ state: 'sending', attempts: 1 }])

    await until(async () => (await hub.deliveries.list({ event: id, status: 'sending' })).items.length === 0, 'a verdict on everybody')
    const verdicts: Record<string, object> = {}
    for (const behaviour of victims) {
      const [delivery] = (await hub.deliveries.list({ event: id, user: behaviour })).items
      verdicts[behaviour] = { code: delivery!.errorCode ?? '', state: delivery!.state }
    }
    expect(verdicts).toEqual(Object.fromEntries(VERDICTS))

    const after = process.memoryUsage()
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(64 * 1024 * 1024)
    const gigabyte = servers[victims.indexOf('gigabyte')]!
    expect(gigabyte.poured()).toBeLessThan(32 * 1024 * 1024)
    await world.reconcile()
  })
})
