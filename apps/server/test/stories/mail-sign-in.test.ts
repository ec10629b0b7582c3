import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { type SmtpReceiver, startSmtpReceiver } from '../../src/providers/testing/smtp-receiver.ts'
import { startTokenEndpoint, type TokenEndpoint } from '../../src/providers/testing/token-endpoint.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

describe.each(engines)('sign-in to a mail server by OAuth 2 (%s)', (engine) => {
  let world: World
  let office: TokenEndpoint
  let mail: SmtpReceiver
  let id: string
  const settings = () => ({
    host: mail.host,
    port: mail.port,
    security: 'none',
    from: 'Bells <bells@example.com>',
    auth: 'oauth2',
    oauthService: 'other',
    clientId: 'bells',
    clientSecret: 's3cret-of-bells',
    refreshToken: 's3cret-refresh-1',
    tokenUrl: office.tokenUrl,
  })
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true })
    office = await startTokenEndpoint({ now: () => world.clock.now(), rotates: true })
    mail = await startSmtpReceiver({ oauth: { accepts: (_user, token) => office.accepts(token) } })
    id = (await world.client().connections.create({ provider: 'smtp', name: 'Mail', settings: settings(), personal: true }, { test: true, force: true })).id
    await world.client('ana').me.putDestination('email', { address: 'ana@example.org' })
  })
  afterAll(async () => {
    await world.stop()
    await Promise.all([office.close(), mail.close()])
  })
  const notify = async () => {
    await world.client().events.notify({ to: ['ana'], channels: ['email'], title: 'Hello', body: '' })
    await world.atRest()
  }

  it('sends, stores each rotated refresh token, and shows none of them', async () => {
    await notify()
    await world.client().connections.test(id)
    expect(mail.mails).toHaveLength(1)
    expect(office.asked.map((form) => form['refresh_token'])).toEqual(['s3cret-refresh-1'])

    const before = await world.client().connections.get(id)
    await world.client().connections.patch(id, { name: 'Office mail' })
    world.clock.advance(HOUR)
    await notify()
    // Closes its connections to the mail server: the next mail signs in again.
    await world.client().connections.patch(id, { name: 'Mail' })
    world.clock.advance(HOUR)
    await notify()
    expect(mail.mails).toHaveLength(3)
    expect(office.asked.map((form) => form['refresh_token'])).toEqual(['s3cret-refresh-1', 's3cret-refresh-2', 's3cret-refresh-3'])
    const shown = await world.client().connections.get(id)
    expect(shown.settings).toEqual(before.settings)
    expect(shown.settings).toMatchObject({ refreshToken: '********', clientSecret: '********' })
  })

  it('says which field to fix when the consent has ended', async () => {
    const result = await world
      .client()
      .connections.testUnsaved({ provider: 'smtp', name: 'x', personal: true, settings: { ...settings(), refreshToken: 's3cret-old' } })
    expect(result).toMatchObject({ ok: false, failures: [{ field: '/settings/refreshToken', code: 'invalid_grant' }] })
    expect(result.failures[0]!.message).toContain('sign in again and store the new refresh token')
  })
})
