import { createServer, type Socket } from 'node:net'
import { sql } from 'kysely'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { MAX_CRASHES } from '../../src/domain/task.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, until, type World, type WorldOptions } from './world.ts'

const USERS = Array.from({ length: 12 }, (_, n) => `user-${n}`)

describe.each(engines)('a thread that sends (%s)', (engine) => {
  let world: World
  afterEach(async () => {
    await world.reconcile()
    await world.stop()
  })

  /** A hub with one such thread, whose users have a webhook each. */
  async function open(options: WorldOptions = {}): Promise<{ deaths(): string[]; send(): Promise<string>; sent(): string[] }> {
    const lines: string[] = []
    world = await openWorld(engine, { sendThreads: 1, log: (line) => lines.push(line), ...options })
    await Promise.all(USERS.map((id) => world.client(id).me.putDestination('webhook', { url: `${world.hooks.url}/${id}` })))
    return {
      deaths: () => lines.filter((line) => line.includes('A thread that sends has died')),
      send: async () => (await world.client().events.notify({ to: USERS, title: 'Hello', body: 'World' })).id,
      sent: () => [...new Set(world.hooks.requests.map(({ path }) => path.slice(1)))].sort(),
    }
  }
  /** Of one event, or of all. */
  const statesOf = async (event?: string) => {
    const states: Record<string, string[]> = {}
    for await (const { recipient, state } of world.client().deliveries.all({ ...(event !== undefined && { event }), limit: 200 }))
      states[state] = [...(states[state] ?? []), recipient]
    return states
  }
  /** Moves time on until nothing is left to do: suspects run one at a time, and the others are put off for some seconds. */
  async function untilDone(event?: string): Promise<Record<string, string[]>> {
    let states: Record<string, string[]> = {}
    await world.see('the end of each delivery', async () => {
      world.clock.advance(MINUTE)
      states = await statesOf(event)
      return states['queued'] === undefined && states['sending'] === undefined
    })
    return states
  }

  it('that dies loses nothing: what was in it is sent again with the same id, and the log says it once', async () => {
    const { deaths, send, sent } = await open({ env: { NODE_ENV: 'test', CARILLON_FAULT: 'thread.after_send@8=throw' } })
    const event = await send()
    await world.atRest()
    expect(deaths()).toHaveLength(1)
    const { queued = [], sent: done = [] } = await statesOf(event)
    expect(queued.length + done.length).toBe(USERS.length)
    expect(queued.length).toBeGreaterThan(0)
    const [lost] = (await world.client().deliveries.list({ event, user: queued[0]! })).items
    expect(lost).toMatchObject({ state: 'queued', errorCode: 'thread_died', attempts: 1 })

    // Each runs alone now, and the eighth in a new thread kills that one as well.
    const states = await untilDone(event)
    expect(Object.keys(states)).toEqual(['sent'])
    expect(sent()).toEqual([...USERS].sort())
    for (const user of USERS) expect(new Set(world.hooksAt(`/${user}`).map(({ headers }) => headers['webhook-id'])).size, user).toBe(1)
  })

  it('quarantines the delivery that kills it, and blames no other', async () => {
    const cursed = USERS[7]!
    const { deaths, send, sent } = await open({ env: { NODE_ENV: 'test', CARILLON_FAULT: `thread.before_send:${cursed}=throw` } })
    const states = await untilDone(await send())
    expect(states).toMatchObject({ failed: [cursed] })
    expect(states['sent']).toHaveLength(USERS.length - 1)
    expect(sent()).toEqual(USERS.filter((user) => user !== cursed).sort())
    expect(deaths()).toHaveLength(MAX_CRASHES)
    expect(await world.client().health.metrics()).toContain(`\ncarillon_thread_deaths_total ${MAX_CRASHES}\n`)
    const [failed] = (await world.client().deliveries.list({ user: cursed })).items
    expect(failed).toMatchObject({ errorCode: 'quarantined', attempts: MAX_CRASHES })
  })

  it('uses settings and destinations as they are now, and the data of sensitive fields', async () => {
    await open()
    const { connections, eventTypes, events } = world.client()
    const schema = { type: 'object', properties: { code: { type: 'string', 'x-sensitive': true } } }
    await eventTypes.put('login.code', { schema, templates: { default: { title: 'Code {{ data.code }}' } } })
    const ring = async (code: string) => {
      await events.report({ type: 'login.code', to: [USERS[0]!], data: { code } })
      await world.atRest()
      return world.hooks.requests.at(-1)!
    }
    const forget = vi.spyOn(world.app.threads, 'forget')
    expect((await ring('1111')).json()).toMatchObject({ title: 'Code 1111', data: { code: '********' } })
    await world.client(USERS[0]!).me.putDestination('webhook', { url: `${world.hooks.url}/moved`, bearer: 'token-of-zero' })
    const [webhooks] = (await connections.list()).items.filter(({ provider }) => provider === 'webhook')
    const before = world.app.registry.find(webhooks!.id)!.settings
    await connections.patch(webhooks!.id, { settings: { timeoutSeconds: 3 } })
    await world.see('the old settings forgotten', () => forget.mock.calls.some(([settings]) => settings === before))
    const moved = await ring('2222')
    expect([moved.path, moved.headers.authorization]).toEqual(['/moved', 'Bearer token-of-zero'])
    expect(moved.json()).toMatchObject({ title: 'Code 2222' })
    const [kept] = (await world.client().deliveries.list({ user: USERS[0]! })).items
    expect(JSON.stringify(await world.client().deliveries.get(kept!.id))).not.toMatch(/1111|2222/)
    world.clock.advance(11 * MINUTE)
    await ring('3333')
    const forgotten = forget.mock.calls.map(([fields]) => fields['url'])
    expect(forgotten, 'the old address').toContain(`${world.hooks.url}/${USERS[0]}`)
  })

  it('sends only while the hub is busy, and then loses nothing either', async () => {
    const { deaths, sent } = await open({ threadsWhenBusy: true, env: { NODE_ENV: 'test', CARILLON_FAULT: 'thread.after_send@8=throw' } })
    const { events } = world.client()
    const tell = (...to: string[]) => events.notify({ to, channels: ['webhook'], title: 'Hello', body: '' })
    await tell(USERS[0]!)
    await world.atRest()
    // More than eight in flight, for as long as the test likes.
    const { promise: gate, resolve: letGo } = Promise.withResolvers<void>()
    onTestFinished(() => letGo())
    const [quick = '', ...slow] = USERS
    world.hooks.respond(async ({ path }) => {
      if (path !== `/${quick}`) await gate
      return 200
    })
    await tell(...slow)
    await world.see('the death of the thread', async () => {
      if (deaths().length === 0) await tell(quick)
      return deaths().length > 0
    })
    letGo()
    expect(Object.keys(await untilDone())).toEqual(['sent'])
    expect(sent()).toEqual([...USERS].sort())
  })

  it('knows when a connection is to blame for refusals', async () => {
    await open()
    const { connections, events, deliveries } = world.client()
    const settings = { url: `${world.hooks.url}/sms`, body: '{"to":"{to}","text":"{text}"}' }
    const { id } = await connections.create({ provider: 'http-sms', name: 'Texts', personal: true, settings })
    await Promise.all(USERS.map((user, n) => world.client(user).me.putDestination('sms', { phone: `+1202555${1000 + n}` })))
    world.hooks.respond({ status: 400, body: 'No service today' })
    const ring = async (user: string) => (await events.notify({ to: [user], channels: ['sms'], title: 'Hello', body: '' })).id
    for (const user of USERS.slice(0, 5)) await ring(user)
    await world.see('the block', async () => (await connections.get(id)).health.state === 'blocked')
    const later = await ring(USERS[6]!)
    await world.see('the answer to one more', async () => {
      world.clock.advance(MINUTE)
      const [one] = (await deliveries.list({ event: later })).items.filter(({ channel }) => channel === 'sms')
      return JSON.stringify(await deliveries.get(one!.id)).includes('refused alike, so the connection is taken to be at fault')
    })
    world.hooks.respond(200)
    await world.see('all of them', async () => {
      world.clock.advance(MINUTE)
      return new Set(world.hooksAt('/sms').map(({ body }) => body)).size >= 6 && (await statesOf(later))['sent'] !== undefined
    })
  })

  it('takes the server of a pasted URL for the word of a person', async () => {
    await open()
    const { events, deliveries } = world.client()
    await world.client('ana').me.putDestination('apprise', { urls: [`gotify://${new URL(world.hooks.url).host}/AbCdEfGhIjKlMnO`] })
    const ring = async () => {
      const { id } = await events.notify({ to: ['ana'], channels: ['apprise'], title: 'Hello', body: '' })
      await world.atRest()
      return (await deliveries.list({ event: id })).items.find(({ channel }) => channel === 'apprise')
    }
    expect(await ring(), 'as an application pasted it').toMatchObject({ state: 'sent' })
    const forget = vi.spyOn(world.app.threads, 'forget')
    // As if it had been public when its person saved it.
    await sql`update destinations set named_by = 'person', updated_at = updated_at + 1 where channel = 'apprise'`.execute(world.app.dialect.db)
    expect(await ring()).toMatchObject({ errorCode: 'address_not_allowed' })
    const forgotten = forget.mock.calls.map(([fields]) => fields)
    expect(
      forgotten.some((fields) => !('urls' in fields) && JSON.stringify(fields).includes('AbCdEfGhIjKlMnO')),
      'what the URL meant, as the row changed',
    ).toBe(true)
  })

  it('holds nobody up when one destination hangs with 300 deliveries', async () => {
    const { send, sent } = await open()
    const held: Socket[] = []
    const hanging = createServer((socket) => void held.push(socket))
    await new Promise<void>((ready) => hanging.listen(0, '127.0.0.1', ready))
    const hangUp = () => {
      for (const socket of held) socket.destroy()
      hanging.close()
    }
    onTestFinished(hangUp)
    const { port } = hanging.address() as { port: number }
    await world.client('stuck').me.putDestination('webhook', { url: `http://127.0.0.1:${port}/` })
    const { events } = world.client()
    await events.reportBatch(Array.from({ length: 300 }, () => ({ type: 'message', to: ['stuck'], data: { title: 'Hello', body: '' } })))
    await until(() => held.length > 0, 'the first delivery to the hanging one')
    await send()
    await world.see('the deliveries to all others', () => {
      world.clock.advance(100)
      return sent().length === USERS.length
    })
    expect(held.length).toBeLessThan(20)
    // The stop would wait for them.
    hangUp()
  })
})
