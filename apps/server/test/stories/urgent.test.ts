import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, statesOf, until, type World } from './world.ts'

describe.each(engines)('an urgent delivery, while its receiver is slow and the memory of its connection is full (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    const hub = world.client()
    await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
    await hub.topics.put('bells', { open: true })
    await world.client('ana').me.subscribe('bells')
    await hub.eventTypes.put('bell.rung', { channels: { webhook: true }, templates: { default: { title: '{{ data.n }}', body: '' } } })
    await world.atRest()
  })
  afterAll(() => world.stop())

  const report = (n: number, more: object = {}) => ({ type: 'bell.rung', to: ['ana'], data: { n }, ...more })
  /** One in four that start is taken as they came. */
  async function nextTwo(answer: () => void): Promise<string[]> {
    for (let n = 5; n <= 6; n++) {
      answer()
      await until(() => world.hooks.requests.length === n, 'the next request')
    }
    return world.hooks.requests.slice(4).map(({ body }) => JSON.parse(body).title)
  }

  /** Four hang, the memory holds 300, and more wait in the queue. Returns what answers the one that hangs longest. */
  async function full(): Promise<() => void> {
    const answers: (() => void)[] = []
    world.hooks.respond(() => new Promise((resolve) => answers.push(() => resolve(200))))
    const hub = world.client()
    // The lane has to have seen its queue empty once.
    const { id } = await hub.events.report(report(0))
    await until(async () => answers.length === 1 && (await statesOf(hub, id))['ana webhook'] === 'sending', 'the first request')
    for (let n = 1; n < 320; n += 80) await hub.events.reportBatch(Array.from({ length: 80 }, (_, i) => report(n + i)))
    await until(() => answers.length === 4, 'four requests')
    return () => answers.shift()?.()
  }

  async function emptied(answer: () => void): Promise<void> {
    world.hooks.respond(200)
    for (let n = 0; n < 8; n++) answer()
    await world.atRest()
    world.hooks.requests.length = 0
  }

  it('is the next to start when it was planned at acceptance', async () => {
    const answer = await full()
    await world.client().events.report(report(777, { priority: 'urgent' }))
    expect(await nextTwo(answer)).toContain('777')
    await emptied(answer)
  })

  it('is the next to start when a task planned it', async () => {
    const answer = await full()
    const hub = world.client()
    const { id } = await hub.events.report(report(778, { priority: 'urgent', to: [{ topic: 'bells' }] }))
    await until(async () => (await statesOf(hub, id))['ana webhook'] === 'sending', 'its claim')
    expect(await nextTwo(answer)).toContain('778')
    await emptied(answer)
  })
})
