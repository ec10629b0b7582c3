import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type SmtpReceiver, startSmtpReceiver } from '../../src/providers/testing/smtp-receiver.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, partsOf, smtpSettings, statesOf, type World } from './world.ts'

describe.each(engines)('mail (%s)', (engine) => {
  let world: World
  let locked: SmtpReceiver
  let tls: SmtpReceiver
  beforeAll(async () => {
    locked = await startSmtpReceiver({ security: 'starttls', password: 'open sesame' })
    tls = await startSmtpReceiver({ security: 'tls', password: 'open sesame' })
    world = await openWorld(engine, { unconnected: true })
  })
  afterEach(async () => {
    for await (const { id } of world.client().connections.all()) await world.client().connections.delete(id)
    await world.atRest()
  })
  afterAll(() => Promise.all([world.stop(), locked.close(), tls.close()]))

  const connect = (server: SmtpReceiver, settings: object, priority = 0) =>
    world
      .client()
      .connections.create({ provider: 'smtp', name: `Mail ${priority}`, settings: { ...smtpSettings(server), ...settings }, personal: true, priority })
  const tell = async (user: string, title = 'Hello') => {
    const { id } = await world.client().events.notify({
      to: [{ user, email: `${user}@example.com`, name: 'Zoë "Z" Müller' }],
      title,
      body: 'A [link](https://example.com/a?b=1&c=2) & **more**.',
    })
    await world.atRest()
    return id
  }
  const delivery = async (event: string) => world.client().deliveries.get((await world.client().deliveries.list({ event })).items[0]!.id)

  it('has text and HTML, sender and recipient, and is marked as automatic', async () => {
    await connect(world.mail, {})
    const id = await tell('ana', 'Grüße & <b>')
    const [mail] = world.mailsTo('ana@example.com')
    expect(mail!.from).toBe('bells@example.com')
    expect(mail!.headers).toMatchObject({
      from: 'Bells <bells@example.com>',
      'content-type': expect.stringMatching(/^multipart\/alternative/),
      'message-id': `<${(await delivery(id)).id.toLowerCase()}@example.com>`,
      'auto-submitted': 'auto-generated',
      'x-auto-response-suppress': 'All',
    })
    const parts = partsOf(mail!)
    expect(Object.keys(parts)).toEqual(['text/plain', 'text/html'])
    expect(parts['text/plain']).toContain('https://example.com/a?b=1&c=2')
    expect(parts['text/html']).toContain('<strong>more</strong>')
    expect(parts['text/html']).toContain('Grüße &amp; &lt;b&gt;')
  })

  it('has the same Message-ID on every attempt', async () => {
    await connect(world.mail, {})
    world.mail.refuse('data', '451 4.3.0 Busy')
    const id = await tell('ben')
    const first = await delivery(id)
    expect(first).toMatchObject({ state: 'queued', attempts: 1, errorCode: expect.anything(), history: [{ outcome: 'retry', status: 451 }] })
    expect(Date.parse(first.dueAt) - world.clock.now(), 'greylisting wants five minutes').toBe(5 * 60_000)
    world.mail.refuse('data', undefined)
    world.clock.advance(5 * 60_000)
    await world.atRest()
    expect(await delivery(id)).toMatchObject({ state: 'sent', attempts: 2, error: null })
    expect(world.mailsTo('ben@example.com').map(({ headers }) => headers['message-id'])).toEqual([`<${first.id.toLowerCase()}@example.com>`])
  })

  it('becomes a dead letter when the mailbox is permanently refused, and can be retried manually', async () => {
    await connect(world.mail, {})
    world.mail.refuse('rcpt', '550 5.1.1 No such user')
    const id = await tell('cem')
    expect(await statesOf(world.client(), id)).toEqual({ 'cem email': 'failed' })
    world.mail.refuse('rcpt', undefined)
    expect((await world.client('cem').me.destination('email')).goneAt).toEqual(expect.any(String))
    await world.client('cem').me.putDestination('email', { address: 'cem@example.com' })
    await world.client().deliveries.retry((await delivery(id)).id)
    await world.atRest()
    expect(await statesOf(world.client(), id)).toEqual({ 'cem email': 'sent' })
  })

  it.each([
    ['STARTTLS', 'starttls', () => locked],
    ['TLS', 'tls', () => tls],
  ])('signs in over %s', async (_name, security, server) => {
    await connect(server(), { security, username: 'hub', password: 'open sesame', allowInvalidCertificate: true })
    const user = `dia-${security}`
    await tell(user)
    expect(server().mails.find(({ to }) => to.includes(`${user}@example.com`))).toMatchObject({ secure: true, user: 'hub' })
  })

  it('refuses an untrusted certificate, and sends no password to that server', async () => {
    await connect(locked, { security: 'starttls', username: 'hub', password: 'open sesame' })
    const id = await tell('eve')
    expect(await delivery(id)).toMatchObject({ state: 'queued', history: [{ outcome: 'retry' }] })
    expect(locked.mails.filter(({ to }) => to.includes('eve@example.com'))).toEqual([])
  })

  it('reports a wrong password without revealing it', async () => {
    const { id } = await connect(locked, { security: 'starttls', username: 'hub', password: 'guess-guess-guess', allowInvalidCertificate: true })
    const event = await tell('fay')
    const shown = JSON.stringify([await delivery(event), await world.client().connections.get(id)])
    expect(shown).toContain('535')
    expect(shown).not.toContain('guess-guess-guess')
  })

  it('uses the second connection in the same attempt when the first one fails', async () => {
    const first = await connect(locked, { security: 'none' }, 1)
    const second = await connect(world.mail, {}, 2)
    locked.refuse('mail', '421 4.3.2 Shutting down')
    const id = await tell('gus')
    expect(await delivery(id)).toMatchObject({
      state: 'sent',
      attempts: 1,
      history: [
        { n: 1, connection: first.id, outcome: 'failover', status: 421 },
        { n: 1, connection: second.id, outcome: 'sent' },
      ],
    })
    expect(world.mailsTo('gus@example.com')).toHaveLength(1)
    locked.refuse('mail', undefined)
    const next = await tell('hal')
    expect((await delivery(next)).history, 'the first connection is asked first again').toMatchObject([{ connection: first.id, outcome: 'sent' }])
  })

  it('never uses the second connection when the first may have accepted the mail', async () => {
    const first = await connect(locked, { security: 'none' }, 1)
    await connect(world.mail, {}, 2)
    // Mails of tests before, which waited for a connection: the server would hang up on them too, in the middle of this one.
    await world.atRest()
    locked.refuse('data', 'hang-up')
    const id = await tell('ida')
    locked.refuse('data', undefined)
    expect(await delivery(id)).toMatchObject({ state: 'queued', attempts: 1, history: [{ connection: first.id, outcome: 'retry' }] })
    expect(world.mailsTo('ida@example.com')).toEqual([])
  })
})
