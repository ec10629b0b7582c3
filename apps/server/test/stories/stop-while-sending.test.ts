import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MAX_CRASHES } from '../../src/domain/task.ts'
import { createTestClock, startTestHub } from '../../src/testing.ts'
import { createTestDatabase, engines } from '../setup/engines.ts'
import { until } from './world.ts'

/** A receiver that never answers, until it is told to. */
async function hangingReceiver() {
  const held: Socket[] = []
  let answers = false
  const server = createServer((socket) => {
    held.push(socket.on('error', () => {}))
    if (answers) socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    for (const socket of held) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  const answer = (): void => {
    answers = true
  }
  return { url: `http://127.0.0.1:${port}/`, held, answer }
}

describe.each(engines)('a stop while a delivery is being sent (%s)', (engine) => {
  it.each([
    ['the main thread', 0],
    ['a thread', 1],
  ])('by %s leaves it leased, and the next process sends it again: no attempt failed, and however many stops are no death', async (_where, sendThreads) => {
    const database = await createTestDatabase(engine)
    onTestFinished(database.remove)
    const { url, held, answer } = await hangingReceiver()
    const clock = createTestClock()
    const lines: { msg: string }[] = []
    const start = () => startTestHub({ databaseUrl: database.url, clock: clock.now, sendThreads, log: (line) => lines.push(JSON.parse(line)) })
    const first = await start()
    await first.client().connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
    await first.client('ana').me.putDestination('webhook', { url })
    const { id: event } = await first.client().events.notify({ to: ['ana'], channels: ['webhook'], title: 'Hello', body: '' })
    await until(() => held.length > 0, 'the request')
    await first.stop(0)

    /** A start, and the request that it makes for what the one before left. */
    async function again() {
      const [hub, before] = [await start(), held.length]
      await until(async () => {
        clock.advance(1000)
        hub.app.pipeline.wake()
        return held.length > before
      }, 'the next request')
      return hub
    }
    for (let stops = 1; stops < MAX_CRASHES; stops++) await (await again()).stop(0)
    answer()
    const last = await again()
    onTestFinished(() => last.stop(0))
    const { deliveries } = last.client()
    const [one] = (await deliveries.list({ event })).items.filter(({ channel }) => channel === 'webhook')
    await until(async () => (await deliveries.get(one!.id)).state === 'sent', 'the delivery')
    expect(await deliveries.get(one!.id)).toMatchObject({ attempts: MAX_CRASHES + 1, history: [{ outcome: 'sent' }] })
    const said = (text: string) => lines.filter(({ msg }) => msg.startsWith(text)).length
    expect([said('deliveries that a stop cut off'), said('deliveries of a dead process')]).toEqual([MAX_CRASHES, 0])
  })
})
