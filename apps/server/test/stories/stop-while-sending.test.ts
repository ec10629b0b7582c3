import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTestClock, startTestHub } from '../../src/testing.ts'
import { createTestDatabase, engines } from '../setup/engines.ts'
import { until } from './world.ts'

/** A receiver that never answers. */
async function hangingReceiver(): Promise<{ url: string; held: Socket[] }> {
  const held: Socket[] = []
  const server = createServer((socket) => void held.push(socket.on('error', () => {})))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    for (const socket of held) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/`, held }
}

describe.each(engines)('a stop while a delivery is being sent (%s)', (engine) => {
  it.each([
    ['the main thread', 0],
    ['a thread', 1],
  ])('by %s leaves it leased, and the next process sends it again: no attempt failed', async (_where, sendThreads) => {
    const database = await createTestDatabase(engine)
    onTestFinished(database.remove)
    const { url, held } = await hangingReceiver()
    const clock = createTestClock()
    const start = () => startTestHub({ databaseUrl: database.url, clock: clock.now, sendThreads })
    const first = await start()
    await first.client().connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
    await first.client('ana').me.putDestination('webhook', { url })
    const { id: event } = await first.client().events.notify({ to: ['ana'], channels: ['webhook'], title: 'Hello', body: '' })
    await until(() => held.length > 0, 'the request')
    await first.stop(0)

    const next = await start()
    onTestFinished(() => next.stop(0))
    const { deliveries } = next.client()
    await until(async () => {
      clock.advance(1000)
      next.app.pipeline.wake()
      return held.length > 1
    }, 'the second request')
    const [one] = (await deliveries.list({ event })).items.filter(({ channel }) => channel === 'webhook')
    expect(await deliveries.get(one!.id)).toMatchObject({ state: 'sending', attempts: 2, history: [] })
  })
})
