import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import type { Message } from '../../domain/message.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { parseAppriseUrl } from '../kit/apprise-url.ts'
import { createHttp } from '../kit/http.ts'
import { createCertificates } from '../testing/certificates.ts'
import { describeMailProvider } from '../testing/describe-mail-provider.ts'
import { exampleMessage, NOW } from '../testing/message.ts'
import { startSmtpReceiver } from '../testing/smtp-receiver.ts'
import { smtp } from './smtp.ts'
import { smtpError } from './smtp-errors.ts'
import { helloName } from './smtp-hello.ts'
import { createSmtpPool, SmtpFailure } from './smtp-pool.ts'

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
  const sendWith = (settings: JsonObject, destination: JsonObject = { address: 'ana@example.org' }, changes: Partial<Message> = {}, settled: string[] = []) => {
    closing.push(() => smtp.dispose(settings))
    return smtp.send({
      settings,
      destination,
      message: exampleMessage(changes),
      delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW, settled },
      http: door(),
      clock: () => NOW,
    })
  }
  const from = 'hub@carillon.example'

  it.each(['tls', 'starttls'] as const)('encrypts with %s, and does not trust just any certificate', async (security) => {
    const { port, mails } = await serve({ security })
    await expect(sendWith({ host: 'mail.test', port, security, from })).rejects.toMatchObject({
      failure: 'misconfigured',
      code: 'tls',
      scope: 'target',
      message: expect.stringMatching(/caCertificate, or switch allowInvalidCertificate on/),
      field: '/settings/caCertificate',
    })
    expect(mails).toEqual([])
    await sendWith({ host: 'mail.test', port, security, from, allowInvalidCertificate: true })
    expect(mails).toMatchObject([{ secure: true, from }])
  })

  it.each(['tls', 'starttls'] as const)('trusts with %s whom an authority of its own has signed, under that name', async (security) => {
    const { ca, cert, key } = createCertificates({ name: 'mail.test' })
    const { port, mails } = await serve({ security, certificate: { cert, key } })
    const settings = { host: 'mail.test', port, security, from, caCertificate: ca }
    await sendWith(settings)
    expect(mails).toMatchObject([{ secure: true }])
    for (const wrong of [{ host: '127.0.0.1' }, { caCertificate: createCertificates().ca }])
      await expect(sendWith({ ...settings, ...wrong })).rejects.toMatchObject({ failure: 'misconfigured', code: 'tls' })
    expect(mails).toHaveLength(1)
  })

  it.each(['tls', 'starttls'] as const)('signs in only behind %s', async (security) => {
    const { port, mails } = await serve({ security, password: 's3cret' })
    const settings = { host: 'mail.test', port, security, from, username: 'ana', password: 's3cret' }
    await expect(sendWith(settings)).rejects.toMatchObject({ code: 'tls' })
    await sendWith({ ...settings, allowInvalidCertificate: true })
    expect(mails).toMatchObject([{ secure: true, user: 'ana' }])
    await expect(sendWith({ ...settings, allowInvalidCertificate: true, password: 'wrong' })).rejects.toMatchObject({
      failure: 'misconfigured',
      status: 535,
      field: '/settings/password',
    })
  })

  it('says a subject and a name in any alphabet, and a text with dots at the beginning of lines', async () => {
    const { port, mails } = await serve()
    const settings = { host: '127.0.0.1', port, security: 'none', from: 'Čarillon 🔔 <hub@carillon.example>' }
    await sendWith(settings, { address: 'ana@example.org', name: 'Žana' }, { title: 'Größe 👩‍👩‍👧‍👦 '.repeat(12), text: '.\n..\n.x', body: '' })
    const [mail] = mails
    const decoded = (name: string) => decodeWords(mail!.headers[name] ?? '')
    expect(decoded('subject')).toBe('Größe 👩‍👩‍👧‍👦 '.repeat(12).trim())
    expect([decoded('from'), decoded('to')]).toEqual(['Čarillon 🔔 <hub@carillon.example>', 'Žana <ana@example.org>'])
    expect(mail!.raw).toMatch(/\r\n\r\n\.\r\n\.\.\r\n\.x\r\n$/)
  })

  it('never falls back to clear text when STARTTLS is asked for and not offered', async () => {
    const { port, mails } = await serve({ security: 'none' })
    await expect(sendWith({ host: 'mail.test', port, security: 'starttls', from })).rejects.toMatchObject({
      failure: 'misconfigured',
      field: '/settings/security',
    })
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
    const error = await sendWith(settings).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      field: '/settings/password',
      message: expect.stringContaining('535 5.7.8 Bad login of ******** with ******** (********, ********): ask postmaster'),
    })
    server.refuse('auth', '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant')
    await expect(sendWith(settings)).rejects.toMatchObject({
      field: '/settings/username',
      about: 'account',
      message: expect.stringContaining('disabled for the Tenant'),
    })
    server.refuse('auth', undefined)
    server.refuse('rcpt', '553 5.7.1 <hub@carillon.example>: Sender address rejected: not owned by user ana.user')
    await expect(sendWith(settings)).rejects.toMatchObject({ message: expect.stringContaining('not owned by user ********') })
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
    await expect(sendWith({ host: 'mail.test', port, security: 'tls', from })).rejects.toMatchObject({
      field: '/settings/security',
      code: 'tls',
      message: expect.stringContaining('does not begin with TLS; choose starttls'),
    })
    const encrypted = await serve({ security: 'tls' })
    const pool = createSmtpPool({ host: '127.0.0.1', port: encrypted.port, security: 'starttls' }, door(), 1_500)
    closing.push(() => pool.close())
    const error = await pool.verify().catch((thrown: unknown) => thrown)
    expect(smtpError(error, 'mail.test', false, { port: encrypted.port, security: 'starttls' })).toMatchObject({ field: '/settings/security', code: 'timeout' })
  })

  it('writes to an address beyond ASCII where the server offers SMTPUTF8, and says why not elsewhere', async () => {
    const modern = await serve({ utf8: true })
    await sendWith({ host: '127.0.0.1', port: modern.port, security: 'none', from }, { address: 'jürgen@example.com' })
    expect(modern.mails.map(({ to }) => to)).toEqual([['jürgen@example.com']])
    const old = await serve({ utf8: false })
    const settings = { host: '127.0.0.1', port: old.port, security: 'none', from }
    await expect(sendWith(settings, { address: 'jürgen@example.com' })).rejects.toMatchObject({
      failure: 'rejected',
      code: 'smtputf8',
      message: expect.stringContaining('does not offer SMTPUTF8'),
    })
    await expect(sendWith({ ...settings, from: 'glöckner@example.com' })).rejects.toMatchObject({ failure: 'misconfigured', field: '/settings/from' })
    await sendWith(settings, { address: 'jurgen@bücher.example' })
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

  describe('from a shared connection', () => {
    const everybody = { to: ['ana@example.org'], cc: ['ben@example.org'], bcc: ['cem@example.org', 'dia@example.org'] }
    const open = async () => {
      const server = await serve()
      return { server, settings: { host: '127.0.0.1', port: server.port, security: 'none', from } }
    }

    it('is one mail, with everybody in the envelope and no blind copy in a header', async () => {
      const { server, settings } = await open()
      await sendWith(settings, everybody)
      expect(server.mails.map(({ to }) => to)).toEqual([['ana@example.org', 'ben@example.org', 'cem@example.org', 'dia@example.org']])
      const [{ headers, raw }] = server.mails as [(typeof server.mails)[number]]
      expect(headers).toMatchObject({ to: 'ana@example.org', cc: 'ben@example.org' })
      expect(raw).not.toMatch(/^bcc:|cem@|dia@/im)
    })

    it('names nobody when everybody is a blind copy, and each mailbox once', async () => {
      const { server, settings } = await open()
      await sendWith(settings, { to: [], bcc: ['ana@example.org', 'ben@example.org', 'ANA@Example.org'] })
      expect(server.mails[0]).toMatchObject({ to: ['ana@example.org', 'ben@example.org'], headers: { to: '"undisclosed-recipients":;' } })
      expect(server.mails[0]?.raw).not.toMatch(/ana@|ben@/i)
    })

    it('is sent when some were refused, and says who and why', async () => {
      const { server, settings } = await open()
      server.refuse('rcpt', (address) => (address.startsWith('cem@') ? '550 5.1.1 No such user' : undefined))
      const { note } = await sendWith(settings, everybody)
      expect(server.mails.map(({ to }) => to)).toEqual([['ana@example.org', 'ben@example.org', 'dia@example.org']])
      expect(note).toBe('1 of 4 recipients refused: cem@example.org (550 5.1.1 No such user)')
    })

    it('is sent again to those who were put off, and to nobody else', async () => {
      const { server, settings } = await open()
      let ben = '450 4.2.0 Greylisted'
      server.refuse('rcpt', (address) => (address.startsWith('cem@') ? '550 5.1.1 No such user' : address.startsWith('ben@') && ben !== '' ? ben : undefined))
      const others = ['ana@example.org', 'cem@example.org', 'dia@example.org']
      await expect(sendWith(settings, everybody)).rejects.toMatchObject({
        failure: 'temporary',
        code: 'smtp_450',
        scope: 'message',
        settled: others,
        message: '2 of 4 recipients refused: ben@example.org (450 4.2.0 Greylisted), cem@example.org (550 5.1.1 No such user)',
      })
      await expect(sendWith(settings, everybody, {}, others)).rejects.toMatchObject({ failure: 'temporary', settled: others })
      ben = '550 5.7.1 Not wanted'
      expect(await sendWith(settings, everybody, {}, others)).toMatchObject({ note: '1 of 1 recipients refused: ben@example.org (550 5.7.1 Not wanted)' })
      ben = ''
      expect(await sendWith(settings, everybody, {}, others)).not.toMatchObject({ note: expect.stringContaining('refused') })
      expect(await sendWith(settings, everybody, {}, [...others, 'ben@example.org'])).toEqual({})
      expect(server.mails.map(({ to }) => to)).toEqual([['ana@example.org', 'dia@example.org'], ['ben@example.org']])
      const [first, second] = server.mails
      expect(first!.headers['message-id']).toBe(second!.headers['message-id'])
      expect(first!.headers['to']).toBe(second!.headers['to'])
    })

    it('is sent again to those whom the server wants in another mail, under the same name', async () => {
      const { server, settings } = await open()
      let asked = 0
      server.refuse('rcpt', (address) =>
        address.startsWith('ben@') ? '550 5.1.1 No such user' : ++asked % 3 === 0 ? '452 4.5.3 Too many recipients' : undefined,
      )
      const to = ['ana', 'ben', 'cem', 'dia', 'eva'].map((name) => `${name}@example.org`)
      const { note, externalId } = await sendWith(settings, { to })
      expect(server.mails.map((mail) => mail.to)).toEqual([['ana@example.org', 'cem@example.org', 'eva@example.org'], ['dia@example.org']])
      expect(server.mails.map(({ headers }) => headers['message-id'])).toEqual([externalId, externalId])
      expect(note).toBe('1 of 5 recipients refused: ben@example.org (550 5.1.1 No such user)')
    })

    it('is sent again to those whose second mail failed', async () => {
      const { server, settings } = await open()
      server.refuse('rcpt', (address) => (address.startsWith('ana@') ? undefined : '452 4.5.3 Too many recipients'))
      const sent = sendWith(settings, { to: ['ana@example.org', 'ben@example.org'] })
      await expect(sent).rejects.toMatchObject({ failure: 'temporary', code: 'smtp_452', settled: ['ana@example.org'] })
      expect(server.mails.map((mail) => mail.to)).toEqual([['ana@example.org']])
    })

    it.each([
      ['550 5.1.1 No such user', '550 5.1.1 No such user', { failure: 'unreachable', code: 'smtp_550' }],
      ['550 5.1.1 No such user', '450 4.2.0 Greylisted', { failure: 'temporary', code: 'smtp_450', scope: 'message' }],
      ['550 5.1.1 No such user', '550 5.7.1 Relaying denied', { failure: 'misconfigured', scope: 'target', field: '/settings/username' }],
    ])('fails when all were refused: %s, then %s', async (first, second, expected) => {
      const { server, settings } = await open()
      server.refuse('rcpt', (address) => (address.startsWith('ana@') ? first : second))
      const sent = sendWith(settings, { to: ['ana@example.org', 'ben@example.org'] })
      await expect(sent).rejects.toMatchObject({
        ...expected,
        maybeDelivered: false,
        message: `127.0.0.1:${server.port} refused all 2 recipients: ana@example.org (${first}), ben@example.org (${second})`,
      })
      expect(server.mails).toEqual([])
    })

    it.each([
      [{}, '/destination/to'],
      [{ to: [], cc: [], bcc: [] }, '/destination/to'],
      [{ to: ['ana@example.org'], bcc: ['Ana@EXAMPLE.org'] }, '/destination/bcc/0'],
      [{ to: ['ana@example.org', 'ana, eve@evil.example'] }, '/destination/to/1'],
      [{ to: Array.from({ length: 101 }, (_, i) => `u${i}@example.org`) }, '/destination/to'],
    ])('refuses %j', (destination, pointer) => expect(smtp.check({ destination })).toMatchObject([{ pointer }]))
  })

  it.each<[string, object | string]>([
    [
      'mailtos://ana:s3cret@example.org:465?mode=ssl&name=Bells&to=ben@example.org',
      {
        settings: { host: 'example.org', port: 465, security: 'tls', from: '"Bells" <ana@example.org>', username: 'ana', password: 's3cret' },
        destination: { address: 'ben@example.org' },
      },
    ],
    [
      'mailto://ana%40example.org:s3cret@x.example/ben@example.org/cem@example.org?smtp=mail.x.example&from=hub@x.example&cc=dia@example.org&reply=help@x.example',
      {
        settings: {
          host: 'mail.x.example',
          port: 587,
          security: 'starttls',
          from: 'hub@x.example',
          username: 'ana@example.org',
          password: 's3cret',
          replyTo: 'help@x.example',
        },
        destination: { to: ['ben@example.org', 'cem@example.org'], cc: ['dia@example.org'], bcc: [] },
      },
    ],
    [
      'mailto://localhost:25?from=hub@x.example',
      { settings: { host: 'localhost', port: 25, security: 'none', from: 'hub@x.example' }, destination: { address: 'hub@x.example' } },
    ],
    [
      'mailto://x.example?from=Bells%20%3Chub@x.example%3E',
      { settings: { host: 'x.example', port: 587, security: 'starttls', from: '"Bells" <hub@x.example>' }, destination: { address: 'hub@x.example' } },
    ],
    ['mailto://example.org/ben@example.org', 'The URL names no sender: give a user name or ?from='],
    ['mailto://ana:x@example.org/ben', 'ben is not a mail address'],
    ['mailto://ana:x@example.org?mode=plain', 'mode must be starttls, ssl or insecure, not plain'],
  ])('reads %s', (text, expected) => expect(smtp.apprise?.parse(parseAppriseUrl(text)!)).toEqual(expected))

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
