import type { Client, HealthIssue } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/domain/time.ts'
import { type SmtpReceiver, startSmtpReceiver } from '../../src/providers/testing/smtp-receiver.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, smtpSettings, type World } from './world.ts'

const NOTHING = 'Nothing is delivered on channel email: every connection keeps failing (Office mail)'
/** In `/v1/health`, before the connection is blocked, and the cause behind the sentence of the event. */
const EARLY = /^The connection Office mail \(smtp\) fails: .*421 4\.3\.2 Not now/
const CAUSED = /^Nothing is delivered on channel email: every connection keeps failing \(Office mail\)\. The last error of Office mail: .*421 4\.3\.2 Not now/
const SOME = 'On channel email some connections keep failing, others stand in for them: Office mail'

describe.each(engines)('health events: a mail server that is down (%s)', (engine) => {
  let world: World
  let backup: SmtpReceiver
  let hub: Client
  let office: string
  const lines: string[] = []
  /** The hub's log lines, without the detail of each attempt. */
  const logged = () =>
    lines
      .map((line) => JSON.parse(line) as { level: string; msg: string })
      .filter(({ level }) => level !== 'debug')
      .map(({ level, msg }) => `${level} ${msg}`)
  beforeAll(async () => {
    world = await openWorld(engine, { log: (line) => lines.push(line) })
    backup = await startSmtpReceiver()
    hub = world.client()
    office = (await hub.connections.list()).items.find(({ provider }) => provider === 'smtp')!.id
    await world.tellOperators('health.issue', 'health.restored')
    // A hub that has just started does not count failures in full: its own network may not be up yet.
    world.clock.advance(15 * MINUTE)
  })
  afterAll(async () => {
    await world.stop()
    await backup.close()
  })

  const mail = (user: string) => hub.events.notify({ to: [{ user, email: `${user}@example.com` }], channels: ['email'], title: `For ${user}`, body: '' })
  const health = async () => (await hub.connections.get(office)).health
  const operatorEvents = () =>
    world.hooksAt('/operators').map((request) => {
      const { type, data } = request.json() as { type: string; data: HealthIssue }
      return `${type} ${data.level} ${data.message}`
    })
  const issues = async () => (await hub.health.get()).issues

  it('raises no event for a single failure, names it at once, and raises an error once the only connection is blocked', async () => {
    world.mail.refuse('mail', '421 4.3.2 Not now')
    await mail('first')
    await world.see('the first failure', async () => (await health()).failures === 1)
    expect(await health()).toMatchObject({ state: 'failing', level: 0, until: null, lastError: expect.stringContaining('421') })
    const first = new Date(world.clock.now()).toISOString()
    expect(await issues()).toEqual([{ source: 'connections.email', level: 'warning', message: expect.stringMatching(EARLY), since: first }])
    expect(await hub.health.get()).toMatchObject({
      status: 'warning',
      checks: expect.arrayContaining([{ name: 'connections', status: 'warning', detail: expect.stringMatching(EARLY) }]),
    })
    expect(logged()).toContainEqual(expect.stringMatching(/^warn the connection “Office mail” fails: .*421/))
    expect(logged()).not.toContain('error health.issue')

    world.clock.advance(5 * MINUTE)
    await world.see('the issue', async () => (await issues())[0]?.level === 'error')
    const now = new Date(world.clock.now()).toISOString()
    expect(await issues()).toEqual([{ source: 'connections.email', level: 'error', message: expect.stringMatching(CAUSED), since: now }])
    expect(logged()).toEqual(expect.arrayContaining(['error connection.blocked', 'error health.issue']))
    expect(await hub.health.get()).toMatchObject({
      status: 'error',
      checks: expect.arrayContaining([{ name: 'connections', status: 'error', detail: expect.stringMatching(CAUSED) }]),
    })
    expect((await fetch(`${world.address}/health/ready`)).status, 'a hub whose vendors are down is ready all the same').toBe(200)
    await world.see('the event for the operators', () => operatorEvents().length > 0)
    expect(operatorEvents()).toEqual([`health.issue error ${NOTHING}`])
  })

  it('raises no further event for further failures, or when a block ends', async () => {
    await Promise.all([mail('second'), mail('third')])
    world.clock.advance(5 * MINUTE)
    await world.see('the next block', async () => (await health()).level === 2)
    world.clock.advance(15 * MINUTE)
    await world.see('and the one after it', async () => (await health()).level === 3)
    expect(await issues()).toMatchObject([{ level: 'error' }])
    expect(operatorEvents()).toHaveLength(1)
  })

  it('is only a warning while another connection takes over, and an error again when that is removed', async () => {
    const { id } = await hub.connections.create({ provider: 'smtp', name: 'Backup', priority: 1, settings: smtpSettings(backup), personal: true })
    await world.see('a warning', async () => (await issues())[0]?.level === 'warning')
    expect((await hub.health.get()).status).toBe('warning')
    await mail('dana')
    await world.see('the mail by the other server', () => backup.mails.some(({ to }) => to[0] === 'dana@example.com'))
    await world.see('the event for the operators', () => operatorEvents().length === 2)
    await world.atRest()
    await hub.connections.delete(id)
    await world.see('an error', () => operatorEvents().length === 3)
    expect(operatorEvents().slice(1)).toEqual([`health.issue warning ${SOME}`, `health.issue error ${NOTHING}`])
  })

  it('holds its deliveries; after a manual reset it delivers at once, and the issue ends', async () => {
    const waiting = await Promise.all([mail('ana'), mail('ben')])
    await world.see('their plans', async () => (await Promise.all(waiting.map(({ id }) => hub.events.get(id)))).every(({ state }) => state === 'planned'))
    const { until: end } = await health()
    for (const { id } of waiting)
      expect((await hub.deliveries.list({ event: id })).items).toMatchObject([{ state: 'held', heldFor: 'connection_blocked', heldUntil: end, attempts: 0 }])

    world.mail.refuse('mail', undefined)
    expect((await hub.connections.reset(office)).health.state).toBe('healthy')
    await world.see('what waited', () => world.mailsTo('ana@example.com').length + world.mailsTo('ben@example.com').length === 2)
    await world.see('the event of the recovery', () => operatorEvents().length === 4)
    expect(operatorEvents()[3]).toBe(`health.restored error ${NOTHING}`)
    expect(await hub.health.get()).toMatchObject({ status: 'ok', issues: [] })
    await world.atRest()
    expect(operatorEvents()).toHaveLength(4)
  })

  it('is unblocked by a successful manual test, and the operators are notified', async () => {
    await hub.connections.create({
      provider: 'webhook',
      name: 'Watchers',
      personal: false,
      destination: { url: `${world.hooks.url}/watchers` },
      events: [{ type: 'connection.blocked' }, { type: 'connection.restored' }],
    })
    world.mail.refuse('mail', '421 4.3.2 Not now')
    await mail('fay')
    await world.see('the first failure', async () => (await health()).failures === 1)
    world.clock.advance(5 * MINUTE)
    await world.see('a block', async () => (await health()).state === 'blocked')
    await mail('gus')
    world.mail.refuse('mail', undefined)
    expect(await hub.connections.test(office)).toMatchObject({ ok: true })
    expect(await health()).toMatchObject({ state: 'healthy' })
    await world.see('what waited', () => world.mailsTo('gus@example.com').length === 1)
    const watched = () => world.hooksAt('/watchers').map((request) => (request.json() as { type: string }).type)
    await world.see('both notices', () => watched().length === 2)
    expect(watched()).toEqual(['connection.blocked', 'connection.restored'])
    await world.see('the end of the issue', () => operatorEvents().length === 6)
    expect(operatorEvents().slice(4)).toEqual([`health.issue error ${NOTHING}`, `health.restored error ${NOTHING}`])
  })
})
