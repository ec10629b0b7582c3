import { type Client, createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { engines } from '../setup/engines.ts'
import { refusal, until } from '../stories/world.ts'
import { losses, storedDeliveries } from './losses.ts'
import { askAgain, drain, some } from './round.ts'
import { type Report, storm } from './storm.ts'
import { buildTown, type Town } from './town.ts'

describe.each(engines)('SIGTERM (%s)', (engine) => {
  let town: Town
  beforeAll(async () => {
    town = await buildTown(engine)
  })
  afterAll(() => town.close())

  it('makes the hub unready, finishes the work in flight, and leaves the rest to the next process: nothing lost, nothing doubled', async () => {
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    town.receiver.respond(async () => {
      await gate
      return 200
    })
    const child = town.process()
    const address = await child.address
    const client: Client = createClient({ baseUrl: address, token: TEST_ROOT_KEY, retries: 0 })
    let n = 0
    let asked = false
    const rang = storm({
      address,
      clients: 8,
      each: 1000,
      over: () => asked || child.hasEnded(),
      next() {
        const users = some(town.users, n)
        return { n, users, report: { type: town.eventType, to: users, data: { n: n++ } } }
      },
    })
    await until(() => town.receiver.requests.length > 20 && n > 200, `requests that are held at the gate:\n${child.log()}`)
    const held = town.told()
    child.signal('SIGTERM')
    await until(async () => (await fetch(`${address}/health/ready`)).status === 503, 'a hub that says it is not ready')
    expect((await fetch(`${address}/health/live`)).status).toBe(200)
    expect(await refusal(client.events.report({ type: town.eventType, to: ['person-000'], data: { n: -1 } }))).toMatchObject({ status: 503, code: 'stopping' })
    asked = true
    expect(child.hasEnded()).toBe(false)
    open()
    expect(await child.ended).toEqual({ code: 0, signal: null })
    const reports: Report[] = await rang

    const after = await town.look(storedDeliveries)
    expect(after.filter(({ state }) => state === 'sending')).toEqual([])
    const sent = new Set(after.flatMap(({ eventId, recipient, state }) => (state === 'sent' ? [`${eventId} ${recipient}`] : [])))
    expect(held.filter(({ eventId, user }) => !sent.has(`${eventId} ${user}`))).toEqual([])
    expect(after.filter(({ state, attempts }) => attempts !== (state === 'sent' ? 1 : 0))).toEqual([])

    const hub = await town.hub()
    const again = await askAgain(hub, reports)
    await drain(hub)
    // No process was killed, so no message may have arrived twice: no delivery counts as having been in flight.
    expect([...again, ...(await losses({ hub, town, all: reports, reports, leased: [] }))].slice(0, 20)).toEqual([])
    await hub.stop()
  })
})
