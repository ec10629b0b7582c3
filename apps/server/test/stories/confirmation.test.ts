import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, partsOf, refusal, type World } from './world.ts'

/** The code as a person reads it. */
const codeIn = (text: string): string => /code is \**([A-Z0-9]{8})/.exec(text)?.[1] ?? `no code in: ${text}`

describe.each(engines)('confirmation of a destination (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    // People have webhooks on this machine.
    world = await openWorld(engine, { env: { CARILLON_OUTBOUND_ALLOW_USERS: '127.0.0.1' } })
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  const tell = async (user: string) => {
    const { id } = await world.client().events.notify({ to: [user], title: 'Hello', body: '' })
    await world.atRest()
    return decisionsOf(world.client(), id)
  }

  it('is required: until then only the code is sent', async () => {
    const ana = await world.browser('ana')
    expect(await ana.me.putDestination('email', { address: 'ana@example.com' })).toMatchObject({ body: { address: 'ana@example.com' }, confirmedAt: null })
    await world.atRest()
    expect(await tell('ana')).toMatchObject({ 'ana email': 'skip destination_unconfirmed', 'ana in_app': 'deliver routed' })
    expect(world.mailsTo('ana@example.com')).toHaveLength(1)

    const code = codeIn(partsOf(world.mailsTo('ana@example.com')[0]!)['text/plain'] ?? '')
    expect(await refusal(ana.me.confirmDestination('email', 'WRONGONE'))).toEqual({ status: 422, code: 'invalid_field', pointer: '/code' })
    expect(await ana.me.confirmDestination('email', code)).toMatchObject({ confirmedAt: expect.any(String) })
    expect(await tell('ana')).toMatchObject({ 'ana email': 'deliver routed' })
    expect(await refusal(ana.me.confirmDestination('email', code)), 'a code works once').toMatchObject({ code: 'invalid_field' })
  })

  it('works for a webhook: the code is sent to the URL, its data is masked', async () => {
    const ben = await world.browser('ben')
    await ben.me.putDestination('webhook', { url: `${world.hooks.url}/ben` })
    await world.atRest()
    const [request] = world.hooksAt('/ben')
    const code = codeIn(String((request!.json() as { body: string }).body))
    expect(request!.json()).toMatchObject({ type: 'destination.confirm', data: { code: '********' } })
    expect(await ben.me.confirmDestination('webhook', code)).toMatchObject({ confirmedAt: expect.any(String) })
    expect(await tell('ben')).toMatchObject({ 'ben webhook': 'deliver routed' })
  })

  it('has a time limit and a limit of guesses', async () => {
    const cem = await world.browser('cem')
    await cem.me.putDestination('email', { address: 'cem@example.com' })
    await world.atRest()
    const late = codeIn(partsOf(world.mailsTo('cem@example.com')[0]!)['text/plain'] ?? '')
    world.clock.advance(31 * 60_000)
    expect(await refusal(cem.me.confirmDestination('email', late))).toMatchObject({ code: 'invalid_field' })

    await cem.me.putDestination('email', { address: 'cem@example.com' })
    await world.atRest()
    const guessed = codeIn(partsOf(world.mailsTo('cem@example.com')[1]!)['text/plain'] ?? '')
    for (let guess = 0; guess < 10; guess++) await refusal(cem.me.confirmDestination('email', `AAAAAAA${guess}`))
    expect(await refusal(cem.me.confirmDestination('email', guessed)), 'guessing is over').toMatchObject({ code: 'invalid_field' })
  })

  /** The codes that were sent to an address, in order. */
  const codesTo = (address: string) => world.mailsTo(address).map((mail) => codeIn(partsOf(mail)['text/plain'] ?? ''))

  it('asked for twice: the first code works as well as the second, and either is used up with the other', async () => {
    const fay = await world.browser('fay')
    for (let n = 0; n < 2; n++) await fay.me.putDestination('email', { address: n === 0 ? 'fay@example.com' : 'Fay@EXAMPLE.com' })
    await world.atRest()
    const [first = '', second = ''] = codesTo('fay@example.com').concat(codesTo('Fay@example.com'))
    expect(first).not.toBe(second)
    expect(await fay.me.confirmDestination('email', first)).toMatchObject({ confirmedAt: expect.any(String) })
    expect(await refusal(fay.me.confirmDestination('email', second))).toMatchObject({ code: 'invalid_field' })
  })

  it('asked for another address: codes of the one before are void', async () => {
    const gil = await world.browser('gil')
    await gil.me.putDestination('email', { address: 'gil@example.com' })
    await gil.me.putDestination('email', { address: 'victim@example.com' })
    await world.atRest()
    expect(await refusal(gil.me.confirmDestination('email', codesTo('gil@example.com')[0] ?? ''))).toMatchObject({ code: 'invalid_field' })
  })

  it('of a list: a code of other entries is void, whoever of them got it', async () => {
    const hal = await world.browser('hal')
    const own = `json://${new URL(world.hooks.url).host}/hal`
    await hal.me.putDestination('apprise', { urls: [own] })
    await world.atRest()
    const code = codeIn(String(world.hooksAt('/hal')[0]?.body))
    expect(code).toMatch(/^[A-Z0-9]{8}$/)
    await hal.me.putDestination('apprise', { urls: [own, `json://${new URL(world.hooks.url).host}/victim`] })
    await world.atRest()
    expect(await refusal(hal.me.confirmDestination('apprise', code))).toMatchObject({ code: 'invalid_field' })
  })

  it('wrong guesses count against every code that waits', async () => {
    const ivo = await world.browser('ivo')
    for (let n = 0; n < 2; n++) await ivo.me.putDestination('email', { address: 'ivo@example.com' })
    await world.atRest()
    for (let guess = 0; guess < 5; guess++) await refusal(ivo.me.confirmDestination('email', `AAAAAAA${guess}`))
    for (const code of codesTo('ivo@example.com')) expect(await refusal(ivo.me.confirmDestination('email', code))).toMatchObject({ code: 'invalid_field' })
  })

  it('is not sent without end: one address gets five an hour, whoever asks and however it is spelt', async () => {
    for (const [n, user] of ['m1', 'm2', 'm3', 'm4', 'm5', 'm6'].entries()) {
      const one = await world.browser(user)
      const asked = one.me.putDestination('email', { address: n % 2 === 0 ? 'target@example.com' : 'TARGET@example.com' })
      if (n < 5) await asked
      else expect(await refusal(asked)).toEqual({ status: 429, code: 'too_many_requests', pointer: '/address' })
    }
    await world.atRest()
    expect(world.mail.mails.filter(({ to }) => to.some((address) => address.toLowerCase() === 'target@example.com'))).toHaveLength(5)
  })

  it('is not needed when the application stores the address', async () => {
    expect(await world.client('dia').me.putDestination('email', { address: 'dia@example.com' })).toMatchObject({ confirmedAt: expect.any(String) })
    expect(await tell('dia')).toMatchObject({ 'dia email': 'deliver routed' })
  })

  it('is lost when the person changes the address', async () => {
    const eve = await world.browser('eve')
    await world.client().users.put('eve', { email: 'eve@example.com' })
    expect(await eve.me.putDestination('email', { address: 'eve@example.com' }), 'the same again').toMatchObject({ confirmedAt: expect.any(String) })
    expect(await eve.me.putDestination('email', { address: 'eve@elsewhere.example' })).toMatchObject({ confirmedAt: null })
    expect(await tell('eve')).toMatchObject({ 'eve email': 'skip destination_unconfirmed' })
    await world.client().users.put('eve', { email: 'eve@elsewhere.example' })
    expect(await tell('eve'), 'the application vouches for it').toMatchObject({ 'eve email': 'deliver routed' })
  })
})
