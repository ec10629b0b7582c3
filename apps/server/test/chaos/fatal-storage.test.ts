import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { engines } from '../setup/engines.ts'
import { drain } from './round.ts'
import { buildTown, type Town } from './town.ts'

describe.each(engines)('fatal storage failure of a real process on %s', (engine) => {
  let town: Town
  beforeAll(async () => {
    town = await buildTown(engine)
  })
  afterAll(() => town.close())

  /** Sends as a client without the SDK does: one try. Null when no response came. */
  const report = (address: string, n: number) =>
    fetch(`${address}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_ROOT_KEY}`, 'content-type': 'application/json', 'idempotency-key': `report ${n}` },
      body: JSON.stringify({ type: town.eventType, to: [town.users[n]], data: { n } }),
    }).catch(() => null)

  const idOf = async (answer: Response | null): Promise<string> => ((await answer!.json()) as { id: string }).id

  it('refuses the request, acknowledges nothing after it, exits with 74, and the next start delivers everything acknowledged', async () => {
    const child = town.process('ingest.before_commit@4=ioerr')
    const address = await child.address
    const acknowledged: string[] = []
    for (let n = 0; n < 3; n++) {
      const answer = await report(address, n)
      expect(answer?.status).toBe(202)
      acknowledged.push(await idOf(answer))
    }
    const answers = await Promise.all([3, 4, 5].map((n) => report(address, n)))
    expect(answers.filter((answer) => answer?.ok)).toEqual([])
    // The request that waited for the commit gets a response before the process ends.
    const refused = answers.find((answer) => answer !== null)
    expect(refused?.status).toBe(503)
    expect(refused?.headers.get('retry-after')).toBe('5')
    expect(await refused?.json()).toMatchObject({ code: 'unavailable' })
    expect(await child.ended).toEqual({ code: 74, signal: null })
    expect(child.log()).toMatch(/"level":"fatal".*ends with code 74/)

    const next = town.process()
    const again = await next.address
    for (let n = 0; n < 6; n++) {
      const answer = await report(again, n)
      expect(answer?.status).toBe(202)
      const id = await idOf(answer)
      if (n < 3) expect(id).toBe(acknowledged[n])
    }
    next.signal('SIGTERM')
    expect(await next.ended).toEqual({ code: 0, signal: null })

    const hub = await town.hub()
    await drain(hub)
    expect((await hub.client().events.list({ limit: 200 })).items).toHaveLength(6)
    expect(new Set(town.told().map(({ user }) => user))).toEqual(new Set(town.users.slice(0, 6)))
    await hub.reconcile()
    await hub.stop()
  })
})
