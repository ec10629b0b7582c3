import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, statesOf, until, type World } from './world.ts'

describe.each(engines)('a user who gets the id of a deleted one (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.stop())

  it('gets nothing of what was in flight for the one before, or waited in memory', async () => {
    const user = 'ana'
    await world.client().users.put(user, {})
    const at = (name: string) => world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${name}-${user}` })
    await at('old')
    const answered = Promise.withResolvers<number>()
    world.hooks.respond(() => answered.promise)
    const ids: string[] = []
    for (let n = 0; n < 6; n++) ids.push((await world.client().events.notify({ to: [user], title: `Private ${n}`, body: '' })).id)
    // A destination has four at once.
    await until(() => world.hooksAt(`/old-${user}`).length === 4, 'four requests')
    await world.client().users.delete(user)
    await world.client().users.put(user, {})
    await at('next')
    const states = async () => (await Promise.all(ids.map((id) => statesOf(world.client(), id)))).map((one) => one[`${user} webhook`])
    await until(async () => (await states()).filter((state) => state === 'cancelled').length === 2, 'the end of what waited')
    world.hooks.respond(200)
    answered.resolve(503)
    await until(async () => (await states()).every((state) => state === 'cancelled'), 'the end of what was in flight')
    world.clock.advance(60 * 60_000)
    await world.atRest()
    expect(world.hooksAt(`/next-${user}`)).toEqual([])
    expect(world.hooksAt(`/old-${user}`)).toHaveLength(4)
  })

  it('gets nothing that is retried of the one before: neither alone nor with all failures', async () => {
    const user = 'bea'
    await world.client().users.put(user, {})
    const at = (name: string) => world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${name}-${user}` })
    await at('old')
    world.hooks.respond(400)
    const { id } = await world.client().events.notify({ to: [user], title: 'Private', body: '' })
    await until(async () => (await statesOf(world.client(), id))[`${user} webhook`] === 'failed', 'the failure')
    await world.client().users.delete(user)
    await world.client().users.put(user, {})
    await at('next')
    world.hooks.respond(200)
    const { deliveries } = world.client()
    const [failed] = (await deliveries.list({ event: id })).items
    await expect(deliveries.retry(failed!.id)).rejects.toMatchObject({ code: 'not_retryable', message: expect.stringContaining('deleted since') })
    expect(await deliveries.retryAll({ status: 'failed', event: id, dryRun: true })).toMatchObject({ retried: 0 })
    expect(await deliveries.retryAll({ status: 'failed', event: id })).toMatchObject({ retried: 0 })
    await world.atRest()
    expect(world.hooksAt(`/next-${user}`)).toEqual([])
  })
})
