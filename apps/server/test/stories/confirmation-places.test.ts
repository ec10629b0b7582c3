import { createClient, type DeliveryState } from '@carillon/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, partsOf, refusal, type World } from './world.ts'

/** The code as a person reads it. */
const codeIn = (text: string): string => /code is \**([A-Z0-9]{8})/.exec(text)?.[1] ?? `no code in: ${text}`

describe.each(engines)('a confirmation code (%s)', (engine) => {
  let world: World
  let people = 0
  beforeAll(async () => {
    // People have webhooks on this machine.
    world = await openWorld(engine, { env: { CARILLON_OUTBOUND_ALLOW_USERS: '127.0.0.1' } })
  })
  afterEach(async () => {
    world.hooks.respond(200)
    world.mail.refuse('rcpt', undefined)
    await world.atRest()
  })
  afterAll(() => world.stop())

  /** Somebody new with a browser, and the way to paths of the web server that nobody else has. */
  async function somebody() {
    const user = `c${++people}`
    const { me } = await world.browser(user)
    return { user, me, path: (name: string) => `/${user}/${name}`, url: (name: string) => `json://${new URL(world.hooks.url).host}/${user}/${name}` }
  }
  const codesAt = (path: string) => world.hooksAt(path).map(({ body }) => codeIn(body))
  const codesTo = (address: string) => world.mailsTo(address).map((mail) => codeIn(partsOf(mail)['text/plain'] ?? ''))
  const confirmedOf = ({ places }: { places: readonly { confirmedAt: string | null }[] }) => places.map(({ confirmedAt }) => confirmedAt !== null)
  async function tell(user: string) {
    await world.client().events.notify({ to: [user], title: 'Hello', body: '' })
    await world.atRest()
  }
  /** The codes that were asked for, the first one first: where each went, and why. */
  async function sentCodes(user: string): Promise<{ states: [DeliveryState, string | null][]; trace: string[] }[]> {
    const { events, deliveries } = world.client()
    const { items } = await events.list({ user, type: 'destination.confirm' })
    return Promise.all(
      items.toReversed().map(async ({ id }) => {
        const trace: string[] = []
        for await (const { channel, decision, reason } of events.decisions(id)) if (reason !== 'not_requested') trace.push(`${channel} ${decision} ${reason}`)
        return { states: (await deliveries.list({ event: id })).items.map(({ state, errorCode }) => [state, errorCode]), trace }
      }),
    )
  }

  it('of an address of one’s own does not confirm the one beside it, which gets nothing else', async () => {
    const { user, me, path, url } = await somebody()
    await me.putDestination('apprise', { urls: [url('own'), url('victim')] })
    await world.atRest()
    const [[own = '', ...more], [victim = '', ...others]] = [codesAt(path('own')), codesAt(path('victim'))]
    expect([more, others]).toEqual([[], []])
    expect(own).not.toBe(victim)

    expect(confirmedOf(await me.confirmDestination('apprise', own))).toEqual([true, false])
    await tell(user)
    expect(world.hooksAt(path('own'))).toHaveLength(2)
    expect(world.hooksAt(path('victim')), 'its own code and nothing else').toHaveLength(1)
    expect(await refusal(me.confirmDestination('apprise', own)), 'a code works once').toMatchObject({ code: 'invalid_field' })
    expect(await sentCodes(user)).toEqual(Array.from({ length: 2 }, () => ({ states: [['sent', null]], trace: ['apprise deliver critical'] })))

    expect(await me.confirmDestination('apprise', victim)).toMatchObject({ confirmedAt: expect.any(String) })
    await tell(user)
    expect(world.hooksAt(path('victim'))).toHaveLength(2)
  })

  it('confirms exactly the place that it was sent to, in any order', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const { me, path, url } = await somebody()
      const names = ['a', 'b', 'c']
      await me.putDestination('apprise', { urls: names.map(url) })
      await world.atRest()
      const confirmed = names.map(() => false)
      for (const n of order) {
        const codes = codesAt(path(names[n]!))
        expect(codes).toHaveLength(1)
        confirmed[n] = true
        expect(confirmedOf(await me.confirmDestination('apprise', codes[0]!))).toEqual(confirmed)
      }
    }
  })

  it('is sent to new places of a list only, and those that are confirmed stay so', async () => {
    const { me, path, url } = await somebody()
    await me.putDestination('apprise', { urls: [url('a')] })
    await world.atRest()
    await me.confirmDestination('apprise', codesAt(path('a'))[0]!)
    expect(confirmedOf(await me.putDestination('apprise', { urls: [url('b'), url('a')] }))).toEqual([false, true])
    await world.atRest()
    expect([codesAt(path('a')).length, codesAt(path('b')).length]).toEqual([1, 1])
    expect(confirmedOf(await me.confirmDestination('apprise', codesAt(path('b'))[0]!))).toEqual([true, true])
  })

  it('asked for twice for one list: the first codes work as well as the second, each for its place', async () => {
    const { me, path, url } = await somebody()
    for (let n = 0; n < 2; n++) await me.putDestination('apprise', { urls: [url('a'), url('b')] })
    await world.atRest()
    expect(confirmedOf(await me.confirmDestination('apprise', codesAt(path('b'))[0]!))).toEqual([false, true])
    expect(await refusal(me.confirmDestination('apprise', codesAt(path('b'))[1]!)), 'used up with the first').toMatchObject({ code: 'invalid_field' })
    expect(confirmedOf(await me.confirmDestination('apprise', codesAt(path('a'))[1]!))).toEqual([true, true])
  })

  it('ends with five wrong guesses, every place’s', async () => {
    const { me, path, url } = await somebody()
    await me.putDestination('apprise', { urls: [url('a'), url('b')] })
    await world.atRest()
    for (let guess = 2; guess < 7; guess++) expect(await refusal(me.confirmDestination('apprise', `AAAAAAA${guess}`))).toMatchObject({ pointer: '/code' })
    for (const name of ['a', 'b'])
      expect(await refusal(me.confirmDestination('apprise', codesAt(path(name))[0]!))).toEqual({ status: 422, code: 'invalid_field', pointer: '/code' })
  })

  type Somebody = Awaited<ReturnType<typeof somebody>>
  it.each<[how: string, (who: Somebody) => Promise<unknown>]>([
    ['another one', ({ me, path }) => me.putDestination('webhook', { url: `${world.hooks.url}${path('new')}` })],
    [
      'another one after it was removed',
      async ({ me, path }) => {
        await me.deleteDestination('webhook')
        await me.putDestination('webhook', { url: `${world.hooks.url}${path('new')}` })
      },
    ],
    ['one of the application', ({ user, path }) => world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}${path('new')}` })],
    ['none', ({ me }) => me.deleteDestination('webhook')],
  ])('still waiting when the address was replaced by %s is never sent there, and confirms nothing', async (how, replace) => {
    const who = await somebody()
    const { user, me, path } = who
    world.hooks.respond(({ path: at }) => (at === path('old') ? 503 : 200))
    await me.putDestination('webhook', { url: `${world.hooks.url}${path('old')}` })
    await world.atRest()
    const [old = ''] = codesAt(path('old'))
    world.clock.advance(1000)
    await replace(who)
    world.hooks.respond(200)
    world.clock.advance(60_000)
    await world.atRest()
    expect(codesAt(path('old')), 'nothing more where it failed').toEqual([old])
    expect(codesAt(path('new'))).not.toContain(old)
    expect(codesAt(path('new'))).toHaveLength(how.startsWith('another') ? 1 : 0)
    expect((await sentCodes(user))[0]).toEqual({
      states: [['suppressed', 'destination_gone']],
      trace: ['webhook deliver critical', 'webhook skip destination_gone'],
    })
    const before = how === 'none' ? null : await me.destination('webhook')
    expect(await refusal(me.confirmDestination('webhook', old))).toMatchObject({ code: 'invalid_field' })
    if (before !== null) expect(await me.destination('webhook')).toEqual(before)
  })

  it('still waiting when the application names another mail address is not sent there', async () => {
    const { user, me } = await somebody()
    world.mail.refuse('rcpt', '451 4.7.1 Later')
    await me.putDestination('email', { address: `${user}@old.example` })
    await world.atRest()
    await world.client().users.put(user, { email: `${user}@new.example` })
    world.mail.refuse('rcpt', undefined)
    world.clock.advance(10 * 60_000)
    await world.atRest()
    expect([codesTo(`${user}@old.example`), codesTo(`${user}@new.example`)]).toEqual([[], []])
    expect((await sentCodes(user))[0]?.states).toEqual([['suppressed', 'destination_gone']])
  })

  it('cannot be asked for where several people would read it', async () => {
    const { user, me } = await somebody()
    const several = `mailto://${user}:pw@1.1.1.1?to=${user}@own.example,${user}@victim.example`
    const one = `mailto://${user}:pw@1.1.1.1?to=${user}@own.example`
    for (const to of [several, `${one}&cc=${user}@victim.example`, `${one}&bcc=${user}@victim.example`])
      expect(await refusal(me.putDestination('apprise', { urls: [one, to] })), to).toEqual({ status: 422, code: 'invalid_field', pointer: '/urls/1' })
    expect(await refusal(me.destination('apprise')), 'nothing is stored').toMatchObject({ status: 404 })
    // An application answers for whom it names, and the person may keep it.
    const stored = await world.client(user).me.putDestination('apprise', { urls: [several] })
    expect(await me.putDestination('apprise', { urls: stored.body['urls'] as string[] })).toMatchObject({ confirmedAt: expect.any(String) })
  })

  it('is for a place that no report of an application can name', async () => {
    const hub = createClient({ baseUrl: world.address, token: world.rootKey })
    const report = { type: 'message', to: ['ana'], data: { title: 'a', body: 'b' }, place: 'dst_1' }
    expect(await refusal(hub.events.report(report))).toEqual({ status: 400, code: 'invalid_request', pointer: '/place' })
    expect(await refusal(hub.events.explain(report))).toEqual({ status: 400, code: 'invalid_request', pointer: '/place' })
  })
})
