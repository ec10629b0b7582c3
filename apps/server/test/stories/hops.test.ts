import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MOST_HOPS } from '../../src/domain/hops.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

describe.each(engines)('hops from hub to hub (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
  })
  afterAll(() => world.stop())

  async function post(path: string, body: object, hops: string | string[]) {
    const headers = new Headers({ authorization: `Bearer ${world.rootKey}`, 'content-type': 'application/json' })
    for (const one of [hops].flat()) headers.append('carillon-hops', one)
    const response = await fetch(`${world.address}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, body: (await response.json()) as { code?: string; detail?: string; errors?: { pointer: string }[] } }
  }
  const message = { to: ['ana'], channels: ['webhook'], title: 'Hello', body: '' }
  const event = { type: 'message', to: ['ana'], channels: ['webhook'], data: { title: 'Hello', body: '' } }
  const told = () => world.hooksAt('/ana').map(({ headers }) => headers['carillon-hops'])

  it('are counted: what is sent says one more than what was reported', async () => {
    await world.client().events.notify(message)
    await world.atRest()
    expect(told()).toEqual(['1'])
    for (const [path, body] of [
      ['/v1/notifications', message],
      ['/v1/events', event],
      ['/v1/events/batch', { events: [event] }],
    ] as const) {
      world.hooks.requests.length = 0
      expect((await post(path, body, '3')).status, path).toBe(202)
      await world.atRest()
      expect(told(), path).toEqual(['4'])
    }
    world.hooks.requests.length = 0
    expect((await post('/v1/events', event, String(MOST_HOPS))).status).toBe(202)
    await world.atRest()
    expect(told()).toEqual([String(MOST_HOPS + 1)])
  })

  it.each([
    ['/v1/notifications', message],
    ['/v1/events', event],
    ['/v1/events/batch', { events: [event, event] }],
  ])('are bounded: %s refuses an event that has passed more hubs', async (path, body) => {
    world.hooks.requests.length = 0
    const { status, body: problem } = await post(path, body, String(MOST_HOPS + 1))
    expect({ status, code: problem.code, pointer: problem.errors?.[0]?.pointer }).toEqual({
      status: 422,
      code: 'invalid_field',
      pointer: '/header/carillon-hops',
    })
    expect(problem.detail).toContain(`has passed ${MOST_HOPS + 1} hubs, and at most ${MOST_HOPS} are allowed`)
    for (const wrong of ['-1', '1.5', 'two', '1e3', '', '12345678', ['1', '2']])
      expect(await post(path, body, wrong), String(wrong)).toMatchObject({ status: 422, body: { errors: [{ pointer: '/header/carillon-hops' }] } })
    await world.atRest()
    expect(told()).toEqual([])
  })

  it('cannot be set by whoever owns the webhook', async () => {
    const forged = world.client('ben').me.putDestination('webhook', { url: `${world.hooks.url}/ben`, headers: { 'Carillon-Hops': '0' } })
    await expect(forged).rejects.toMatchObject({ code: 'invalid_field', errors: [{ pointer: '/headers/Carillon-Hops' }] })
  })

  it('end a hub that reports to itself', async () => {
    const { connections, events } = world.client()
    await connections.create({
      provider: 'http-sms',
      name: 'Loop',
      personal: true,
      settings: {
        url: `${world.address}/v1/notifications`,
        body: '{"to":["loop"],"channels":["sms"],"title":"To {to}","body":"{text}"}',
        headers: { Authorization: `Bearer ${world.rootKey}` },
      },
    })
    await world.client('loop').me.putDestination('sms', { phone: '+12025550123' })
    await events.notify({ to: ['loop'], channels: ['sms'], title: 'Round', body: 'and round' })
    await world.atRest()
    const sms = (await world.client().deliveries.list({ limit: 200 })).items.filter(({ channel }) => channel === 'sms')
    expect(sms.map(({ state }) => state).sort()).toEqual(['failed', ...Array(MOST_HOPS).fill('sent')])
  })
})
