import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { createOutbound, parseAllowList } from '../security/outbound.ts'
import { createHttp } from './http.ts'
import { smtp } from './smtp.ts'
import { smtpError } from './smtp-errors.ts'
import { createSmtpPool, SmtpFailure } from './smtp-pool.ts'
import { describeMailProvider } from './testing/describe-mail-provider.ts'
import { exampleMessage, NOW } from './testing/message.ts'
import { startSmtpReceiver } from './testing/smtp-receiver.ts'

describeMailProvider(smtp, ({ host, port, password }) => ({
  host,
  port,
  security: 'none',
  from: 'Carillon <hub@carillon.example>',
  ...(password === undefined ? {} : { username: 'user', password }),
}))

describe('smtp', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  const door = (list = '127.0.0.1,mail.test') => {
    const lookup = (_host: string, done: (e: null, a: { address: string; family: number }[]) => void) => done(null, [{ address: '127.0.0.1', family: 4 }])
    const http = createHttp({ outbound: createOutbound({ allow: parseAllowList(list), lookup }) })
    closing.push(() => http.close())
    return http
  }
  const serve = async (...options: Parameters<typeof startSmtpReceiver>) => {
    const server = await startSmtpReceiver(...options)
    closing.push(() => server.close())
    return server
  }
  const sendWith = (settings: JsonObject) => {
    closing.push(() => smtp.dispose(settings))
    return smtp.send({
      settings,
      destination: { address: 'ana@example.org' },
      message: exampleMessage(),
      delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
      http: door(),
      clock: () => NOW,
    })
  }
  const from = 'hub@carillon.example'

  it.each(['tls', 'starttls'] as const)('encrypts with %s, and does not trust just any certificate', async (security) => {
    const { port, mails } = await serve({ security })
    await expect(sendWith({ host: 'mail.test', port, security, from })).rejects.toMatchObject({ failure: 'misconfigured', code: 'tls', scope: 'target' })
    expect(mails).toEqual([])
    await sendWith({ host: 'mail.test', port, security, from, allowInvalidCertificate: true })
    expect(mails).toMatchObject([{ secure: true, from }])
  })

  it('never falls back to clear text when STARTTLS is asked for and not offered', async () => {
    const { port, mails } = await serve({ security: 'none' })
    await expect(sendWith({ host: 'mail.test', port, security: 'starttls', from })).rejects.toMatchObject({ failure: 'misconfigured' })
    expect(mails).toEqual([])
  })

  it('gives up on a server that says nothing', async () => {
    const server = await serve()
    server.refuse('rcpt', 'silence')
    const pool = createSmtpPool({ host: '127.0.0.1', port: server.port, security: 'none' }, door(), 200)
    closing.push(() => pool.close())
    const error = await pool.send({ from, to: 'ana@example.org', text: 'x' }).catch((thrown: unknown) => thrown)
    if (!(error instanceof SmtpFailure)) throw error
    expect(smtpError(error.error, 'mail.test:25', error.sent)).toMatchObject({ failure: 'temporary', code: 'timeout', maybeDelivered: false })
  })

  it('verifies settings without a message', async () => {
    const { port, mails, host } = await serve({ password: 'right' })
    const settings = (password: string) => ({ host, port, security: 'none', from, username: 'user', password })
    await smtp.verify?.({ settings: settings('right'), http: door() })
    await expect(smtp.verify?.({ settings: settings('wrong'), http: door() })).rejects.toMatchObject({ failure: 'misconfigured', status: 535 })
    expect(mails).toEqual([])
  })

  it.each<[JsonObject, string]>([
    [{ from: 'nobody' }, '/settings/from'],
    [{ from: 'a@x.example, b@x.example' }, '/settings/from'],
    [{ host: 'smtp://mail.example' }, '/settings/host'],
    [{ password: 'x', security: 'starttls' }, '/settings/username'],
  ])('refuses the settings %j', (part, pointer) => {
    expect(smtp.check({ settings: { host: 'mail.example', port: 587, security: 'starttls', from, ...part } })).toMatchObject([{ pointer }])
  })

  it('knows one mailbox in two spellings', () => {
    const same = (address: string) => smtp.sameAddress({ address })
    expect(same('Ana@EXAMPLE.org')).toBe(same('ana@example.org'))
    expect(same('ana@bücher.example')).toBe(same('ana@xn--bcher-kva.example'))
    expect(same('ana@example.org')).not.toBe(same('ana@example.com'))
  })
})
