import { connect, createServer, type Server } from 'node:net'
import type { EventReport } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase } from '../setup/engines.ts'

/** What one connection to the server said, in order. */
type Talk = { who: 'hub' | 'server'; text: string }[]

describe('a report to a known person on PostgreSQL', () => {
  const talks: Talk[] = []
  let proxy: Server
  let hub: TestHub
  let removeDatabase: () => Promise<void>

  beforeAll(async () => {
    const database = await createTestDatabase('postgres')
    removeDatabase = database.remove
    const url = new URL(database.url)
    const target = { host: url.hostname, port: Number(url.port) }
    proxy = createServer((near) => {
      const talk: Talk = []
      talks.push(talk)
      const far = connect(target)
      near.on('data', (bytes) => {
        talk.push({ who: 'hub', text: bytes.toString('latin1') })
        far.write(bytes)
      })
      far.on('data', (bytes) => {
        talk.push({ who: 'server', text: '' })
        near.write(bytes)
      })
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const)
        one.on('close', () => other.destroy()).on('error', () => other.destroy())
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const address = proxy.address()
    if (typeof address !== 'object' || address === null) throw new Error('no port')
    url.hostname = '127.0.0.1'
    url.port = String(address.port)
    hub = await startTestHub({ databaseUrl: url.href })
    await hub.client().users.put('ana', { name: 'Ana' })
    await hub.client().eventTypes.put('bell.rung', { category: 'bells', templates: { default: { title: 'Bell', body: '' } } })
    // The first time its decisions are interned, and statements are prepared.
    for (let n = 0; n < 3; n++) await hub.client().events.report({ type: 'bell.rung', to: ['ana'], data: {} })
    await hub.settle()
  })
  afterAll(async () => {
    await hub.stop()
    await new Promise((resolve) => proxy.close(resolve))
    await removeDatabase()
  })

  /** How often the hub waited for an answer while it accepted this report. */
  const roundTrips = (report: EventReport): Promise<number> => roundTripsOf((data) => hub.client().events.report({ ...report, data }))

  async function roundTripsOf(report: (data: { mark: string }) => Promise<unknown>): Promise<number> {
    for (const talk of talks) talk.splice(0)
    await report({ mark: 'counted' })
    const talk = talks.find((one) => one.some(({ text }) => text.includes('counted')))!
    const end = talk.findLastIndex(({ text }) => text.includes('counted'))
    // From the begin of this transaction to the last chunk that holds the event, with the commit where it is planned.
    const begin = talk.slice(0, end + 1).findLastIndex(({ text }) => text.includes('begin'))
    const turns = talk.slice(begin, end + 1).filter(({ who }, i, all) => who === 'hub' && (i === 0 || all[i - 1]!.who === 'server'))
    return turns.length
  }

  it('reads once and writes once', async () => {
    expect(await roundTrips({ type: 'bell.rung', to: ['ana'] })).toBe(2)
  })

  it('needs no more for a profile that is known', async () => {
    expect(await roundTrips({ type: 'bell.rung', to: [{ user: 'ana', name: 'Ana' }] })).toBe(2)
  })

  it('needs as many for an event that becomes a task, also beside one that is planned', async () => {
    const later: EventReport = { type: 'bell.rung', to: ['ana'], sendAt: new Date(Date.now() + 3_600_000).toISOString() }
    expect(await roundTrips(later)).toBe(2)
    const both = [later, { type: 'bell.rung', to: ['ana'] }]
    expect(await roundTripsOf((data) => hub.client().events.reportBatch(both.map((one) => ({ ...one, data }))))).toBe(4)
  })

  it('claims the dedup keys of a whole group in one more', async () => {
    const batch = (count: number) => Array.from({ length: count }, (_, n): EventReport => ({ type: 'bell.rung', to: ['ana'], dedupKey: `${count}-${n}` }))
    const ofGroup = (count: number) => roundTripsOf((data) => hub.client().events.reportBatch(batch(count).map((one) => ({ ...one, data }))))
    expect(await ofGroup(1)).toBe(3)
    expect(await ofGroup(250)).toBe(3)
  })
})
