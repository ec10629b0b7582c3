import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { createCertificates } from '../testing/certificates.ts'
import { describeMailProvider } from '../testing/describe-mail-provider.ts'
import { exampleMessage, NOW } from '../testing/message.ts'
import { smtp } from './smtp.ts'
import { smtpError } from './smtp-errors.ts'
import { helloName } from './smtp-hello.ts'
import { createSmtpPool, SmtpFailure } from './smtp-pool.ts'
import { FROM, smtpRig } from './testing/rig.ts'

describeMailProvider(smtp, ({ host, port, password }) => ({
  host,
  port,
  security: 'none',
  from: 'Carillon <hub@carillon.example>',
  ...(password === undefined ? {} : { username: 'user', password }),
}))

/** Encoded words of RFC 2047, each whole characters. */
const decodeWords = (text: string) =>
  text.replace(/\?= +=\?/g, '?==?').replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, way: string, word: string) =>
    way.toUpperCase() === 'B'
      ? Buffer.from(word, 'base64').toString()
      : Buffer.from(
          word.replaceAll('_', ' ').replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
          'latin1',
        ).toString(),
  )

describe('smtp', () => {
  const { closing, door, send, serve } = smtpRig()
  const from = FROM

  it.each(['tls', 'starttls'] as const)('encrypts with %s, and does not trust just any certificate', async (security) => {
    const { port, mails } = await serve({ security })
    await expect(send({ host: 'mail.test', port, security, from })).rejects.toMatchObject({
      failure: 'misconfigured',
      code: 'tls',
      scope: 'target',
      message: expect.stringMatching(/caCertificate, or switch allowInvalidCertificate on/),
      field: '/settings/caCertificate',
    })
    expect(mails).toEqual([])
    await send({ host: 'mail.test', port, security, from, allowInvalidCertificate: true })
    expect(mails).toMatchObject([{ secure: true, from }])
  })

  it.each(['tls', 'starttls'] as const)('trusts with %s whom an authority of its own has signed, under that name', async (security) => {
    const { ca, cert, key } = createCertificates({ name: 'mail.test' })
    const { port, mails } = await serve({ security, certificate: { cert, key } })
    const settings = { host: 'mail.test', port, security, from, caCertificate: ca }
    await send(settings)
    expect(mails).toMatchObject([{ secure: true }])
    for (const wrong of [{ host: '127.0.0.1' }, { caCertificate: createCertificates().ca }])
      await expect(send({ ...settings, ...wrong })).rejects.toMatchObject({ failure: 'misconfigured', code: 'tls' })
    expect(mails).toHaveLength(1)
  })

  it.each(['tls', 'starttls'] as const)('signs in only behind %s', async (security) => {
    const { port, mails } = await serve({ security, password: 's3cret' })
    const settings = { host: 'mail.test', port, security, from, username: 'ana', password: 's3cret' }
    await expect(send(settings)).rejects.toMatchObject({ code: 'tls' })
    await send({ ...settings, allowInvalidCertificate: true })
    expect(mails).toMatchObject([{ secure: true, user: 'ana' }])
    await expect(send({ ...settings, allowInvalidCertificate: true, password: 'wrong' })).rejects.toMatchObject({
      failure: 'misconfigured',
      status: 535,
      field: '/settings/password',
    })
  })

  it('says a subject and a name in any alphabet, and a text with dots at the beginning of lines', async () => {
    const { port, mails } = await serve()
    const settings = { host: '127.0.0.1', port, security: 'none', from: 'Čarillon 🔔 <hub@carillon.example>' }
    await send(settings, { address: 'ana@example.org', name: 'Žana' }, { title: 'Größe 👩‍👩‍👧‍👦 '.repeat(12), text: '.\n..\n.x', body: '' })
    const [mail] = mails
    const decoded = (name: string) => decodeWords(mail!.headers[name] ?? '')
    expect(decoded('subject')).toBe('Größe 👩‍👩‍👧‍👦 '.repeat(12).trim())
    expect([decoded('from'), decoded('to')]).toEqual(['Čarillon 🔔 <hub@carillon.example>', 'Žana <ana@example.org>'])
    expect(mail!.raw).toMatch(/\r\n\r\n\.\r\n\.\.\r\n\.x\r\n$/)
  })

  it('never falls back to clear text when STARTTLS is asked for and not offered', async () => {
    const { port, mails } = await serve({ security: 'none' })
    await expect(send({ host: 'mail.test', port, security: 'starttls', from })).rejects.toMatchObject({
      failure: 'misconfigured',
      field: '/settings/security',
    })
    expect(mails).toEqual([])
  })

  it('gives up on a server that says nothing', async () => {
    const server = await serve()
    server.refuse('rcpt', 'silence')
    const pool = createSmtpPool({ host: '127.0.0.1', port: server.port, security: 'none' }, door(), { totalMs: 200 })
    closing.push(() => pool.close())
    const error = await pool.send({ from, to: 'ana@example.org', text: 'x' }).catch((thrown: unknown) => thrown)
    if (!(error instanceof SmtpFailure)) throw error
    expect(smtpError(error.error, 'mail.test:25', error.sent)).toMatchObject({ failure: 'temporary', code: 'timeout', maybeDelivered: false })
  })

  it('greets with the name in its settings, else that of the base URL, else its own address', async () => {
    const socket = { localAddress: '192.0.2.7' }
    expect(helloName('hub.example.com', socket, 'machine')).toBe('hub.example.com')
    expect(helloName('localhost', socket, 'node.example.com')).toBe('node.example.com')
    for (const own of ['localhost', '192.0.2.9', '[::1]', 'carillon', undefined]) expect(helloName(own, socket, 'machine')).toBe('[192.0.2.7]')
    expect(helloName(undefined, { localAddress: '::ffff:192.0.2.7' }, 'm')).toBe('[192.0.2.7]')
    expect(helloName(undefined, { localAddress: 'fe80::1%eth0' }, 'localhost.localdomain')).toBe('[IPv6:fe80::1]')
    const server = await serve()
    const greet = async (more: JsonObject, ownName?: string) => {
      const settings = { host: '127.0.0.1', port: server.port, security: 'none', from, ...more }
      const http = { ...door(), ...(ownName === undefined ? {} : { ownName }) }
      await smtp.send({
        settings,
        destination: { address: 'ana@example.org' },
        message: exampleMessage(),
        delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
        http,
        clock: () => NOW,
      })
      await smtp.dispose(settings)
      return server.mails.at(-1)!.hello
    }
    expect(await greet({}, 'hub.example.com')).toBe('hub.example.com')
    expect(await greet({ helloName: 'mail.example.net' }, 'hub.example.com')).toBe('mail.example.net')
    expect(await greet({}, '127.0.0.1')).toMatch(/^\[127\.0\.0\.1\]$|\./)
  })

  it('keeps the words of the server at the sign-in, without user name and password in any spelling', async () => {
    const server = await serve({ password: 's3cret-password' })
    const settings = { host: '127.0.0.1', port: server.port, security: 'none', from, username: 'ana.user', password: 's3cret-password' }
    const plain = Buffer.from('\0ana.user\0s3cret-password').toString('base64')
    server.refuse(
      'auth',
      `535 5.7.8 Bad login of ana.user with s3cret-password (${plain}, ${Buffer.from('s3cret-password').toString('base64')}): ask postmaster`,
    )
    const error = await send(settings).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      field: '/settings/password',
      message: expect.stringContaining('535 5.7.8 Bad login of ******** with ******** (********, ********): ask postmaster'),
    })
    server.refuse('auth', '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant')
    await expect(send(settings)).rejects.toMatchObject({
      field: '/settings/username',
      about: 'account',
      message: expect.stringContaining('disabled for the Tenant'),
    })
    server.refuse('auth', undefined)
    server.refuse('rcpt', '553 5.7.1 <hub@carillon.example>: Sender address rejected: not owned by user ana.user')
    await expect(send(settings)).rejects.toMatchObject({ message: expect.stringContaining('not owned by user ********') })
  })

  it.each<[port: number, security: 'none' | 'starttls' | 'tls', warned: boolean]>([
    [465, 'starttls', true],
    [465, 'none', true],
    [587, 'tls', true],
    [25, 'tls', true],
    [465, 'tls', false],
    [587, 'starttls', false],
    [25, 'none', false],
    [1025, 'tls', false],
  ])('warns when port %i is saved with %s: %s', (port, security, warned) => {
    const problems = smtp.check({ settings: { host: 'mail.example', port, security, from } })
    expect(problems).toMatchObject(warned ? [{ pointer: '/settings/security', severity: 'warning' }] : [])
    const silent = Object.assign(new Error('Greeting never received'), { code: 'ETIMEDOUT' })
    expect(smtpError(silent, 'mail.example', false, { port, security }).field).toBe(warned || security !== 'tls' ? '/settings/security' : undefined)
    if (warned) expect(smtpError(Object.assign(new Error('x'), { code: 'ETIMEDOUT' }), 'mail.example', false, { port, security }).message).toMatch(/choose/)
  })

  it('names the encryption when a plain server is spoken to over TLS, and the reverse', async () => {
    const { port } = await serve({ security: 'none' })
    await expect(send({ host: 'mail.test', port, security: 'tls', from })).rejects.toMatchObject({
      field: '/settings/security',
      code: 'tls',
      message: expect.stringContaining('does not begin with TLS; choose starttls'),
    })
    const encrypted = await serve({ security: 'tls' })
    const pool = createSmtpPool({ host: '127.0.0.1', port: encrypted.port, security: 'starttls' }, door(), { totalMs: 3_000 })
    closing.push(() => pool.close())
    const error = await pool.verify().catch((thrown: unknown) => thrown)
    expect(smtpError(error, 'mail.test', false, { port: encrypted.port, security: 'starttls' })).toMatchObject({ field: '/settings/security', code: 'timeout' })
  })

  it('writes to an address beyond ASCII where the server offers SMTPUTF8, and says why not elsewhere', async () => {
    const modern = await serve({ utf8: true })
    await send({ host: '127.0.0.1', port: modern.port, security: 'none', from }, { address: 'jürgen@example.com' })
    expect(modern.mails.map(({ to }) => to)).toEqual([['jürgen@example.com']])
    const old = await serve({ utf8: false })
    const settings = { host: '127.0.0.1', port: old.port, security: 'none', from }
    await expect(send(settings, { address: 'jürgen@example.com' })).rejects.toMatchObject({
      failure: 'rejected',
      code: 'smtputf8',
      message: expect.stringContaining('does not offer SMTPUTF8'),
    })
    await expect(send({ ...settings, from: 'glöckner@example.com' })).rejects.toMatchObject({ failure: 'misconfigured', field: '/settings/from' })
    await send(settings, { address: 'jurgen@bücher.example' })
    // The receiver decodes the envelope.
    expect(old.mails.map(({ to, headers }) => [to, headers['to']])).toEqual([[['jurgen@bücher.example'], 'jurgen@xn--bcher-kva.example']])
  })

  it('verifies settings without a message', async () => {
    const { port, mails, host } = await serve({ password: 'right' })
    const settings = (password: string) => ({ host, port, security: 'none', from, username: 'user', password })
    await smtp.verify?.({ settings: settings('right'), http: door(), clock: () => NOW })
    await expect(smtp.verify?.({ settings: settings('wrong'), http: door(), clock: () => NOW })).rejects.toMatchObject({
      failure: 'misconfigured',
      status: 535,
    })
    expect(mails).toEqual([])
  })

  it.each<[JsonObject, string]>([
    [{ from: 'nobody' }, '/settings/from'],
    [{ from: 'a@x.example, b@x.example' }, '/settings/from'],
    [{ host: 'smtp://mail.example' }, '/settings/host'],
    [{ host: 'mail.example:25' }, '/settings/host'],
    [{ host: 'mail.example:0' }, '/settings/host'],
    [{ host: '[fd00::1]:25' }, '/settings/host'],
    [{ password: 'x', security: 'starttls' }, '/settings/username'],
  ])('refuses the settings %j', (part, pointer) => {
    expect(smtp.check({ settings: { host: 'mail.example', port: 587, security: 'starttls', from, ...part } })).toMatchObject([{ pointer }])
  })

  it('knows one mailbox in two spellings', () => {
    const same = (address: string) => smtp.sameAddress({ address })
    expect(same('Ana@EXAMPLE.org')).toBe(same('ana@example.org'))
    expect(same('ana@bücher.example')).toBe(same('ana@xn--bcher-kva.example'))
    expect(same('ana@example.org')).not.toBe(same('ana@example.com'))
    const list = (destination: JsonObject) => smtp.sameAddress(destination)
    expect(list({ to: ['b@x.example', 'A@x.example'] })).toBe(list({ to: ['a@x.example', 'B@x.example'], cc: [] }))
    expect(list({ to: ['a@x.example'] })).not.toBe(list({ cc: ['a@x.example'] }))
  })
})
