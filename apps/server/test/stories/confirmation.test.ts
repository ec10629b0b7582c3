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
