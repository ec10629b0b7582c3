import type { Client, Delivery } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { type SmtpReceiver, startSmtpReceiver } from '../../src/providers/testing/smtp-receiver.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, smtpSettings, type World } from './world.ts'

const BLOCKS = [5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 3 * HOUR]

describe.each(engines)('blocked connections: a mail server that is down (%s)', (engine) => {
  let world: World
  let backup: SmtpReceiver
  let hub: Client
  let mailServer: string
  beforeAll(async () => {
    world = await openWorld(engine)
    backup = await startSmtpReceiver()
    hub = world.client()
    mailServer = (await hub.connections.list()).items.find(({ provider }) => provider === 'smtp')!.id
    await world.tellOperators('connection.blocked', 'connection.restored')
    // A hub that has just started does not count failures in full: its own network may not be up yet.
    world.clock.advance(15 * MINUTE)
  })
  afterAll(async () => {
    await world.stop()
    await backup.close()
  })

  const mail = (user: string) => hub.events.notify({ to: [{ user, email: `${user}@example.com` }], channels: ['email'], title: `For ${user}`, body: '' })
  const health = async () => (await hub.connections.get(mailServer)).health
  const deliveries = async (ids: { id: string }[]): Promise<Delivery[]> =>
    Promise.all(ids.map(async ({ id }) => hub.deliveries.get((await hub.deliveries.list({ event: id })).items[0]!.id)))
  const operatorEvents = () => world.hooksAt('/operators').map((request) => (request.json() as { type: string }).type)

  it('is blocked by the table, one probe at a time, and nothing is lost', async () => {
    world.mail.refuse('mail', '421 4.3.2 Not now')
    const first = await mail('first')
    await world.see('the first failure', async () => (await health()).failures === 1)
    expect(await health()).toMatchObject({ state: 'failing', level: 0, until: null })

    const began = new Date(world.clock.now()).toISOString()
    world.clock.advance(5 * MINUTE)
    await world.see('a block', async () => (await health()).level === 1)
    const waiting = await Promise.all(Array.from({ length: 8 }, (_, i) => mail(`waiting-${i}`)))
    await world.see('their plans', async () => (await Promise.all(waiting.map(({ id }) => hub.events.get(id)))).every(({ state }) => state === 'planned'))
    for (const delivery of await deliveries([first, ...waiting])) expect(delivery).toMatchObject({ state: 'held', heldFor: 'connection_blocked' })
    const listed = async (status: 'held' | 'queued') => (await hub.deliveries.list({ status, connection: mailServer })).items.length
    expect([await listed('held'), await listed('queued')]).toEqual([9, 0])

    for (const [i, block] of BLOCKS.entries()) {
      const { state, level, since, until: end, failures } = await health()
      expect({ state, level, since, block: Date.parse(end!) - world.clock.now() }).toEqual({ state: 'blocked', level: Math.min(i + 1, 5), since: began, block })
      if (i === BLOCKS.length - 1) break
      world.clock.advance(block)
      await world.see('one probe', async () => (await health()).failures > failures)
      expect((await health()).failures).toBe(failures + 1)
    }
    expect(world.mail.mails).toEqual([])
    await world.see('the event for the operators', () => operatorEvents().length === BLOCKS.length)
    expect(new Set(operatorEvents())).toEqual(new Set(['connection.blocked']))
  })

  it('gets all waiting deliveries when it is back, and the operators are notified', async () => {
    world.mail.refuse('mail', undefined)
    world.clock.advance(3 * HOUR)
    await world.see('what waited', () => world.mail.mails.length === 9)
    await world.see('the event of the recovery', () => operatorEvents().includes('connection.restored'))
    expect(operatorEvents().filter((type) => type === 'connection.restored')).toHaveLength(1)
    await world.atRest()
    expect(await health()).toEqual({ state: 'healthy', since: null, level: 0, until: null, failures: 0, lastFailureAt: null, lastError: null })
    expect(
      new Set(world.mail.mails.map(({ to }) => to[0])).size,
      JSON.stringify(world.mail.mails.map(({ to, headers }) => [to[0], headers['message-id']])),
    ).toBe(9)
  })

  it('fails over to the second connection of the channel: in the same attempt, and at once when it is blocked', async () => {
    world.mail.refuse('mail', '421 4.3.2 Not now')
    const { id: second } = await hub.connections.create({ provider: 'smtp', name: 'Backup', priority: 1, settings: smtpSettings(backup), personal: true })
    const first = await mail('bea')
    await world.atRest()
    const [delivery] = await deliveries([first])
    expect(delivery).toMatchObject({ state: 'sent', attempts: 1, connection: second })
    expect(delivery!.history).toMatchObject([
      { n: 1, connection: mailServer, outcome: 'failover' },
      { n: 1, connection: second, outcome: 'sent' },
    ])

    world.clock.advance(5 * MINUTE)
    await mail('cyd')
    await world.atRest()
    expect(await health()).toMatchObject({ level: 1 })
    const straight = await mail('dov')
    await world.atRest()
    expect((await deliveries([straight]))[0]!.history).toMatchObject([{ n: 1, connection: second, outcome: 'sent' }])
    expect(backup.mails.map(({ to }) => to[0])).toEqual(['bea@example.com', 'cyd@example.com', 'dov@example.com'])
  })
})
