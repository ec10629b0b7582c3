import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY, SECOND } from '../../src/domain/time.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, type World } from './world.ts'

describe.each(engines)('Idempotency-Key (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.stop())

  /** Sends as a client without the SDK does: one try, and the raw response. */
  const post = (key: string, title: string) =>
    fetch(`${world.address}/v1/notifications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.rootKey}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ to: ['ana'], title, body: '' }),
    })

  it('creates one event for a hundred parallel requests, and every response is that event or "still running"', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => post('hundred', 'Once')))
    const accepted = answers.filter(({ status }) => status === 202)
    const running = answers.filter(({ status }) => status === 409)
    expect(accepted.length).toBeGreaterThan(0)
    expect(accepted.length + running.length).toBe(100)
    expect(running.filter(({ headers }) => headers.get('retry-after') === null)).toEqual([])
    const ids = new Set(await Promise.all(accepted.map(async (answer) => JSON.stringify(await answer.json()))))
    expect(ids.size).toBe(1)
    expect(accepted.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1)

    await world.atRest()
    expect((await world.client('ana').inbox.list()).items.map(({ title }) => title)).toEqual(['Once'])
  })

  it('is bound to its body', async () => {
    await post('bound', 'This')
    const other = await post('bound', 'That')
    expect(other.status).toBe(422)
    expect(await other.json()).toMatchObject({ code: 'idempotency_mismatch', errors: [{ pointer: '/header/idempotency-key' }] })
    expect(await refusal(world.client().events.notify({ to: ['ana'], title: 'Another', body: '' }, { idempotencyKey: 'bound' }))).toMatchObject({ status: 422 })
  })

  it('is stored for a day, and then creates a new event', async () => {
    const idOf = async (answer: Response) => ((await answer.json()) as { id: string }).id
    const first = await idOf(await post('day', 'Daily'))
    world.clock.advance(DAY)
    const again = await post('day', 'Daily')
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await idOf(again)).toBe(first)
    world.clock.advance(SECOND)
    const next = await post('day', 'Daily')
    expect(next.status).toBe(202)
    expect(next.headers.get('idempotency-replayed')).toBeNull()
    expect(await idOf(next)).not.toBe(first)
    await world.atRest()
  })
})
