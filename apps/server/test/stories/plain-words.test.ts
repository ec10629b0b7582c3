import type { Client } from '@carillon/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TROUBLES } from '../../src/domain/trouble.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, type World } from './world.ts'

describe.each(engines)('a person reads plain words, an operator the whole (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterEach(async () => {
    world.hooks.respond(200)
    await world.atRest()
  })
  afterAll(() => world.stop())

  /** Everything that a user token reads of failures. */
  async function readBy(own: Client): Promise<string> {
    const { items } = await own.me.destinations()
    const failures = items.map(({ health, goneReason, places }) => ({ health, goneReason, places }))
    const inbox = (await own.inbox.list()).items.map(({ title, body, data }) => ({ title, body, data }))
    return JSON.stringify([failures, inbox])
  }

  const cases: [name: string, status: number, words: string][] = [
    ['an error of the server', 503, TROUBLES.failing],
    ['a refused sign-in', 401, TROUBLES.settings],
    ['a limit', 429, TROUBLES.busy],
    ['a page that is gone', 410, TROUBLES.gone],
  ]
  it.each(cases)('%s', async (name, status, words) => {
    const user = name.replaceAll(' ', '-')
    const own = await world.browser(user)
    await world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${user}` })
    world.hooks.respond(status)
    const { id } = await world.client().events.notify({ to: [user], title: 'Hello', body: '', channels: ['webhook'] })
    await world.settle()
    const { host } = new URL(world.hooks.url)
    const read = await readBy(own)
    expect(read).toContain(words)
    for (const inner of [host, '127.0.0.1', String(status)]) expect(read).not.toContain(inner)
    const whole = await world.client(user).me.destination('webhook')
    expect(JSON.stringify([whole.health.lastError, whole.goneReason])).toContain(`${host} answered ${status}`)
    const [delivery] = (await world.client().deliveries.list({ event: id })).items
    expect(JSON.stringify((await world.client().deliveries.get(delivery!.id)).history)).toContain(`answered ${status}`)
  })

  it('a server that cannot be reached', async () => {
    const own = await world.browser('eve')
    await world.client('eve').me.putDestination('webhook', { url: 'http://127.0.0.1:1/' })
    await world.client().events.notify({ to: ['eve'], title: 'Hello', body: '', channels: ['webhook'] })
    await world.settle()
    expect((await own.me.destination('webhook')).health.lastError).toBe(TROUBLES.unreachable)
    expect((await world.client('eve').me.destination('webhook')).health.lastError).toContain('127.0.0.1:1')
  })

  it('a list of a vendor that refuses', async () => {
    await world.client().connections.create({ provider: 'pushbullet', name: 'Pushes', personal: true, settings: { apiUrl: world.hooks.url } })
    world.hooks.respond(503)
    const given = { accessToken: 'o.abcdefghijklmnopqrstuvwxyz123456' }
    const own = await world.browser('fay')
    const said = await own.me.destinationOptions('pushbullet', 'devices', given).then(
      () => '',
      (error: Error) => error.message,
    )
    expect(said).toContain(TROUBLES.failing)
    expect(said).not.toContain('127.0.0.1')
    expect(await refusal(world.client('fay').me.destinationOptions('pushbullet', 'devices', given))).toMatchObject({ code: 'vendor_refused' })
  })
})
