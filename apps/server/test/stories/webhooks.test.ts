import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Received } from '../../src/providers/testing/receiver.ts'
import { createTestClock } from '../../src/testing.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, type World } from './world.ts'

const OLD = `whsec_${Buffer.from('the old secret of 24 bytes').toString('base64')}`
const NEW = `whsec_${Buffer.from('the new secret of 24 bytes').toString('base64')}`

describe.each(engines)('webhooks (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    // The vendor's library compares the signed time with the present time.
    world = await openWorld(engine, { clock: createTestClock(Date.now()) })
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  async function tell(user: string, destination: object): Promise<Received> {
    await world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${user}`, ...destination })
    await world.client().events.notify({ to: [user], title: 'Hello', body: 'Wörld', url: 'https://example.com/7', tags: ['ci'] })
    await world.atRest()
    return world.hooksAt(`/${user}`).at(-1)!
  }
  const verify = (secret: string, { body, headers }: Received) =>
    new Webhook(secret).verify(body, Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])))

  it('are signed as Standard Webhooks requires', async () => {
    const request = await tell('ana', { secret: OLD })
    expect(verify(OLD, request)).toMatchObject({ title: 'Hello', body: 'Wörld', url: 'https://example.com/7', user: { id: 'ana' } })
    expect(() => verify(NEW, request)).toThrow()
    expect(() => verify(OLD, { ...request, body: request.body.replace('Hello', 'Hullo') })).toThrow()
    expect(request.headers['webhook-id']).toBe((request.json() as { id: string }).id)
  })

  it('carry two signatures while a secret is being replaced', async () => {
    const request = await tell('ben', { secret: [NEW, OLD] })
    expect([verify(NEW, request), verify(OLD, request)]).toMatchObject([{ title: 'Hello' }, { title: 'Hello' }])
  })

  it('can use PUT, custom headers and authentication', async () => {
    const basic = await tell('cem', { method: 'PUT', headers: { 'X-Team': 'blue' }, username: 'bell', password: 'clapper' })
    expect([basic.method, basic.headers['x-team'], basic.headers.authorization]).toEqual([
      'PUT',
      'blue',
      `Basic ${Buffer.from('bell:clapper').toString('base64')}`,
    ])
    const bearer = await tell('dia', { bearer: 'token-of-dia' })
    expect(bearer.headers.authorization).toBe('Bearer token-of-dia')
  })

  it('never return secrets, and keep those that are sent back masked', async () => {
    await tell('eve', { secret: OLD, bearer: 'token-of-eve', headers: { 'x-key': 'key-of-eve' } })
    const { me } = world.client('eve')
    const { body } = await me.destination('webhook')
    expect(body).toEqual({ url: `${world.hooks.url}/eve`, method: 'POST', secret: '********', bearer: '********', headers: '********' })
    await me.putDestination('webhook', { ...body, method: 'PUT' })
    await world.client().events.notify({ to: ['eve'], title: 'Again', body: '' })
    await world.atRest()
    const request = world.hooksAt('/eve').at(-1)!
    expect([request.method, request.headers.authorization, request.headers['x-key']]).toEqual(['PUT', 'Bearer token-of-eve', 'key-of-eve'])
    expect(verify(OLD, request)).toMatchObject({ title: 'Again' })
  })

  it.each([
    ['a header that frames the message', { headers: { 'Content-Length': '5' } }, '/headers/Content-Length'],
    ['a header that forges the signature', { headers: { 'webhook-signature': 'v1,x' } }, '/headers/webhook-signature'],
    ['a line break in a header', { headers: { 'x-a': 'b\r\nx-c: d' } }, '/headers'],
    ['a private address', { url: 'http://10.1.2.3/hook' }, '/url'],
    ['an address in disguise', { url: 'http://[::ffff:169.254.169.254]/latest' }, '/url'],
    ['another scheme', { url: 'file:///etc/passwd' }, '/url'],
    ['a secret that is none', { secret: 'whsec_short' }, '/secret'],
    ['two ways to sign in', { bearer: 'a', username: 'b' }, '/bearer'],
    ['an unknown field', { colour: 'red' }, '/colour'],
  ])('refuse %s', async (_what, destination, pointer) => {
    const { me } = world.client('fay')
    const refused = await refusal(me.putDestination('webhook', { url: `${world.hooks.url}/fay`, ...destination }))
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.pointer).toMatch(new RegExp(`^${pointer}`))
    expect(await refusal(me.destination('webhook'))).toMatchObject({ status: 404 })
  })
})
