import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@carillon/client'
import { expect, it, onTestFinished } from 'vitest'
import { startReceiver } from '../../src/providers/testing/receiver.ts'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { startHubProcess } from '../chaos/hub-process.ts'
import { createTestDatabase } from '../setup/engines.ts'
import { until } from '../stories/world.ts'

/** More than this many attempts in flight make the hub busy: then it sends in a thread. */
const HELD = 12
const MOST = 2000

it('bundle: a busy hub sends in a thread, and loses nothing when that dies', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bundle-'))
  const database = await createTestDatabase('sqlite')
  const receiver = await startReceiver()
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  receiver.respond(async ({ path }) => {
    if (path.startsWith('/held')) await gate
    return 200
  })
  // The few that were in the thread then run alone, in one that sends fewer than that.
  const fault = 'thread.before_send@20=throw'
  const hub = startHubProcess({ databaseUrl: database.url, dataDir, fault, env: { CARILLON_SEND_THREADS: '1' } })
  onTestFinished(async () => {
    open()
    hub.signal('SIGKILL')
    await hub.ended
    await Promise.all([database.remove(), receiver.close(), rm(dataDir, { recursive: true, force: true })])
  })
  const baseUrl = await hub.address
  const client = (user?: string) => createClient({ baseUrl, token: TEST_ROOT_KEY, ...(user !== undefined && { user }) })
  const { connections, events, deliveries } = client()
  await connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
  const held = Array.from({ length: HELD }, (_, n) => `held-${n}`)
  for (const user of ['ana', ...held]) await client(user).me.putDestination('webhook', { url: `${receiver.url}/${user}` })

  const told: string[] = []
  const tell = async (...to: string[]) => void told.push((await events.notify({ to, channels: ['webhook'], title: 'Hello', body: '' })).id)
  await tell(...held)
  await until(() => receiver.requests.length >= HELD, 'requests that are held')
  while (!hub.log().includes('A thread that sends has died') && told.length < MOST) await tell('ana')
  open()
  expect(hub.log()).toMatch(/A thread that sends has died: fault at thread\.before_send\..*will be tried again, one at a time/)

  const notSent = async () => {
    let left = 0
    for await (const { state } of deliveries.all({ limit: 200 })) if (state !== 'sent') left++
    return left
  }
  await until(async () => (await notSent()) === 0, 'the end of each delivery')
  const arrived = new Set(receiver.requests.map(({ body }) => told.find((id) => body.includes(id))))
  expect(told.filter((id) => !arrived.has(id))).toEqual([])
})
