import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHttpProxy, type TestProxy } from '../../src/providers/testing/proxies.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, statesOf, type World } from './world.ts'

const PUBLIC = '93.184.215.14'

describe.each(engines)('outbound proxy of the hub (%s)', (engine) => {
  let world: World
  let proxy: TestProxy
  let own: TestProxy
  let hook: string
  beforeAll(async () => {
    ;[proxy, own] = [await startHttpProxy({ credentials: 'bells:s3cret' }), await startHttpProxy({ credentials: 'own:s3cret-2' })]
    world = await openWorld(engine, { env: { CARILLON_OUTBOUND_PROXY: proxy.url.replace('//', '//bells:s3cret@'), CARILLON_OUTBOUND_ALLOW: '127.0.0.1' } })
    // A public address: the proxy of this test leads it to this machine.
    await world.client('ana').me.putDestination('webhook', { url: `http://${PUBLIC}:${world.hooks.port}/ana` })
    await world.client('ana').me.putDestination('email', { address: 'ana@example.org' })
    const { items } = await world.client().connections.list()
    hook = items.find(({ provider }) => provider === 'webhook')!.id
  })
  afterAll(async () => {
    await world.stop()
    await Promise.all([proxy.close(), own.close()])
  })
  const notify = async (channel: string) => {
    const { id } = await world.client().events.notify({ to: ['ana'], channels: [channel], title: 'Hello', body: '' })
    await world.atRest()
    return id
  }

  it('leads to public addresses, and not to what the operator allowed privately', async () => {
    await notify('webhook')
    expect(world.hooksAt('/ana')).toHaveLength(1)
    expect(proxy.asked).toEqual([{ target: `${PUBLIC}:${world.hooks.port}`, credentials: 'bells:s3cret' }])
    await notify('email')
    expect(world.mailsTo('ana@example.org')).toHaveLength(1)
    expect(proxy.asked).toHaveLength(1)
  })

  it('is replaced by that of a connection, which no answer shows', async () => {
    const settings = { proxy: own.url.replace('//', '//own:s3cret-2@') }
    const shown = await world.client().connections.patch(hook, { settings })
    expect(shown.settings).toMatchObject({ proxy: '********' })
    expect(JSON.stringify(shown)).not.toContain('s3cret')
    await world.client().connections.patch(hook, { settings: shown.settings, name: 'Webhooks through a proxy' })
    await notify('webhook')
    expect(own.asked).toHaveLength(1)
    expect(await refusal(world.client().connections.patch(hook, { settings: { proxy: 'ftp://proxy.example.com' } }))).toMatchObject({
      code: 'invalid_field',
      pointer: '/settings/proxy',
    })
    await world.client().connections.patch(hook, { settings: {} })
  })

  it('is to blame when it is down, and not the address of a person', async () => {
    proxy.answer(() => 403)
    // Another server, to which no tunnel is open.
    await world.client('ana').me.putDestination('webhook', { url: `http://${PUBLIC}:8484/ana` })
    const event = await notify('webhook')
    expect(await statesOf(world.client(), event)).toEqual({ 'ana webhook': 'queued' })
    const connection = await world.client().connections.get(hook)
    expect(connection.health).toMatchObject({ state: 'failing', lastError: expect.stringContaining('the proxy 127.0.0.1') })
    expect((await world.client('ana').me.destination('webhook')).health).toMatchObject({ state: 'healthy' })
    const [delivery] = (await world.client().deliveries.list({ event })).items
    const told = JSON.stringify([connection, await world.client().deliveries.get(delivery!.id)])
    expect(told).toContain('does not allow')
    expect(told).not.toContain('s3cret')
  })
})
