import type { Client } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

describe.each(engines)('a mail server that refuses for reasons of its own (%s)', (engine) => {
  let world: World
  let hub: Client
  let server: string
  beforeAll(async () => {
    world = await openWorld(engine)
    hub = world.client()
    server = (await hub.connections.list()).items.find(({ provider }) => provider === 'smtp')!.id
    await world.tellOperators('connection.blocked', 'connection.restored')
    world.clock.advance(15 * MINUTE)
  })
  afterAll(() => world.stop())

  const mail = (...users: string[]) =>
    hub.events.notify({ to: users.map((user) => ({ user, email: `${user}@example.com` })), channels: ['email'], title: 'News', body: '' })
  const health = async () => (await hub.connections.get(server)).health
  const deliveriesOf = async (events: { id: string }[]) =>
    (await Promise.all(events.map(({ id }) => hub.deliveries.list({ event: id })))).flatMap(({ items }) => items.filter(({ channel }) => channel === 'email'))
  const each = (name: string, count: number) => Promise.all(Array.from({ length: count }, (_, n) => mail(`${name}-${n}`)))
  const states = async (events: { id: string }[]) => (await deliveriesOf(events)).map(({ state }) => state)

  it('keeps the mail when it objects to EHLO at RCPT, and says so of the connection', async () => {
    world.mail.refuse('rcpt', '504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname')
    const one = await mail('hello')
    await world.see('the failure', async () => (await health()).state === 'failing')
    expect((await health()).lastError).toContain('set helloName')
    expect(await states([one])).toEqual(['queued'])
    world.mail.refuse('rcpt', undefined)
    world.clock.advance(10 * MINUTE)
    await world.see('the mail', async () => world.mailsTo('hello@example.com').length === 1)
    await world.atRest()
    expect((await health()).state).toBe('healthy')
  })

  it('is paused for hours at the daily limit of the account, and loses nothing', async () => {
    world.mail.refuse('data', '550 5.4.5 Daily user sending limit exceeded')
    const one = await mail('limit')
    await world.see('the pause', async () => (await health()).state === 'paused')
    expect(Date.parse((await health()).until!) - world.clock.now()).toBeGreaterThan(HOUR)
    expect(await states([one])).toEqual(['held'])
    world.mail.refuse('data', undefined)
    world.clock.advance(6 * HOUR)
    await world.see('the mail', () => world.mailsTo('limit@example.com').length === 1)
    await world.atRest()
  })

  it('is blamed when five different recipients are refused alike: operators are told, and each gets the mail once it works', async () => {
    world.mail.refuse('rcpt', (address) => `550 5.9.9 <${address}>: No mail today, ticket ${address.length * 7919}`)
    const refused = await each('alike', 6)
    await world.see('the block', async () => (await health()).state === 'blocked')
    expect((await health()).lastError).toContain('taken to be at fault')
    await world.see('the notice', () => world.hooksAt('/operators').some((request) => (request.json() as { type: string }).type === 'connection.blocked'))
    const later = await each('later', 2)
    await world.see('all waiting', async () => `${await states([...refused, ...later])}` === Array(8).fill('held').join())
    expect((await deliveriesOf(refused)).filter(({ error }) => error?.includes('taken to be at fault')).length).toBeGreaterThanOrEqual(5)
    world.mail.refuse('rcpt', undefined)
    world.clock.advance(10 * MINUTE)
    await world.see('all mails', async () => (await states([...refused, ...later])).every((state) => state === 'sent'))
    await world.atRest()
    for (let n = 0; n < 6; n++) expect(world.mailsTo(`alike-${n}@example.com`)).toHaveLength(1)
  })

  it('goes on failing as a whole while it refuses: nothing ends', async () => {
    world.mail.refuse('rcpt', '550 5.9.9 Still not')
    const refused = await each('still', 5)
    await world.see('the block', async () => (await health()).state === 'blocked')
    const { level } = await health()
    world.clock.advance(20 * MINUTE)
    await world.see('a higher level', async () => (await health()).level > level)
    expect(await states(refused)).not.toContain('failed')
    world.mail.refuse('rcpt', undefined)
    for (let hours = 0; hours < 8; hours++) {
      world.clock.advance(HOUR)
      world.app.pipeline.wake()
    }
    await world.see('all mails', async () => (await states(refused)).every((state) => state === 'sent'))
    await world.atRest()
  })

  it('is not blamed for one recipient, nor for several with others accepted between them', async () => {
    world.mail.refuse('rcpt', (address) => (address.startsWith('bad') ? '550 5.9.9 Not this one' : undefined))
    const same = await Promise.all(Array.from({ length: 8 }, () => mail('bad')))
    await world.see('eight refusals', async () => `${await states(same)}` === Array(8).fill('failed').join())
    for (let n = 0; n < 8; n++) {
      const pair = [await mail(`bad-${n}`), await mail(`good-${n}`)]
      await world.see('both', async () => `${await states(pair)}` === 'failed,sent')
    }
    expect((await health()).state).toBe('healthy')
    world.mail.refuse('rcpt', undefined)
  })

  it('holds no other mail for a list of old addresses, and says so; the first mail that it takes settles it', async () => {
    const gone = /^gone-\d+@/
    world.mail.refuse('rcpt', (address) => (gone.test(address) ? '550 5.1.1 User unknown' : undefined))
    const events = await each('gone', 25)
    await world.see('25 refusals', async () => !(await deliveriesOf(events)).some(({ attempts }) => attempts === 0))
    await world.see('a warning', async () => (await health()).state === 'failing')
    expect((await health()).lastError).toContain('no further address is switched off')
    const good = await mail('somebody')
    await world.see('other mail', async () => `${await states([good])}` === 'sent')
    expect((await health()).state).toBe('healthy')
    for (let looks = 0; looks < 3; looks++) {
      world.clock.advance(10 * MINUTE)
      world.app.pipeline.wake()
    }
    await world.see('an end for each of the 25', async () => (await states(events)).every((state) => state === 'failed'))
    world.mail.refuse('rcpt', undefined)
    await world.atRest()
  })
})
