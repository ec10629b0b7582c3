import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, until, type World } from './world.ts'

const PEOPLE = 1000

describe.each(engines)('turnstile: one dead URL among a thousand (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.stop())

  it('occupies only its own slots: the other 999 get everything while it hangs', async () => {
    const hub = world.client()
    const people = Array.from({ length: PEOPLE }, (_, i) => `p${String(i).padStart(4, '0')}`)
    const [dead, ...living] = people
    let hanging = 0
    let letGo = (_status: number) => {}
    const held = new Promise<number>((resolve) => {
      letGo = resolve
    })
    world.hooks.respond((request) => {
      if (request.path !== `/${dead}`) return 200
      hanging++
      return held
    })
    await hub.eventTypes.put('bell', { channels: { webhook: true } })
    await hub.users.putBatch(people.map((id) => ({ id })))
    await hub.topics.put('all')
    await hub.topics.subscribe('all', people)
    await Promise.all(people.map((id) => world.client(id).me.putDestination('webhook', { url: `${world.hooks.url}/${id}` })))

    // Ten events for the dead one first, so that its deliveries are at the head of the queue; then one for everyone.
    await hub.events.reportBatch(Array.from({ length: 10 }, () => ({ type: 'bell', to: [dead!] })))
    await until(() => hanging > 0, 'the dead one at work')
    const { id } = await hub.events.report({ type: 'bell', to: [{ topic: 'all' }] })
    await until(() => new Set(world.hooks.requests.map(({ path }) => path)).size === PEOPLE, 'the other 999')

    const arrived = world.hooks.requests.filter(({ path }) => path !== `/${dead}`)
    expect(new Set(arrived.map(({ path }) => path))).toEqual(new Set(living.map((one) => `/${one}`)))
    expect(arrived).toHaveLength(PEOPLE - 1)
    const { items } = await hub.deliveries.list({ user: dead!, limit: 200 })
    expect(items).toHaveLength(11)
    expect(items.filter(({ state }) => state !== 'sending' && state !== 'queued')).toEqual([])
    expect(hanging).toBeLessThanOrEqual(4)
    expect((await hub.events.get(id)).state).toBe('planned')
    letGo(200)
    await world.atRest()
  })
})
