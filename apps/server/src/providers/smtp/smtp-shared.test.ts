import { describe, expect, it } from 'vitest'
import { smtp } from './smtp.ts'
import { FROM, smtpRig } from './testing/rig.ts'

describe('a mail of a shared connection', () => {
  const { send, serve } = smtpRig()
  const everybody = { to: ['ana@example.org'], cc: ['ben@example.org'], bcc: ['cem@example.org', 'dia@example.org'] }
  const open = async () => {
    const server = await serve()
    return { server, settings: { host: '127.0.0.1', port: server.port, security: 'none', from: FROM } }
  }

  it('is one mail, with everybody in the envelope and no blind copy in a header', async () => {
    const { server, settings } = await open()
    await send(settings, everybody)
    expect(server.mails.map(({ to }) => to)).toEqual([['ana@example.org', 'ben@example.org', 'cem@example.org', 'dia@example.org']])
    const [{ headers, raw }] = server.mails as [(typeof server.mails)[number]]
    expect(headers).toMatchObject({ to: 'ana@example.org', cc: 'ben@example.org' })
    expect(raw).not.toMatch(/^bcc:|cem@|dia@/im)
  })

  it('names nobody when everybody is a blind copy, and each mailbox once', async () => {
    const { server, settings } = await open()
    await send(settings, { to: [], bcc: ['ana@example.org', 'ben@example.org', 'ANA@Example.org'] })
    expect(server.mails[0]).toMatchObject({ to: ['ana@example.org', 'ben@example.org'], headers: { to: '"undisclosed-recipients":;' } })
    expect(server.mails[0]?.raw).not.toMatch(/ana@|ben@/i)
  })

  it('is sent when some were refused, and says who and why', async () => {
    const { server, settings } = await open()
    server.refuse('rcpt', (address) => (address.startsWith('cem@') ? '550 5.1.1 No such user' : undefined))
    const { note } = await send(settings, everybody)
    expect(server.mails.map(({ to }) => to)).toEqual([['ana@example.org', 'ben@example.org', 'dia@example.org']])
    expect(note).toBe('1 of 4 recipients refused: cem@example.org (550 5.1.1 No such user)')
  })

  it('is sent again to those who were put off, and to nobody else', async () => {
    const { server, settings } = await open()
    let ben = '450 4.2.0 Greylisted'
    server.refuse('rcpt', (address) => (address.startsWith('cem@') ? '550 5.1.1 No such user' : address.startsWith('ben@') && ben !== '' ? ben : undefined))
    const others = ['ana@example.org', 'cem@example.org', 'dia@example.org']
    await expect(send(settings, everybody)).rejects.toMatchObject({
      failure: 'temporary',
      code: 'smtp_450',
      scope: 'message',
      settled: others,
      message: '2 of 4 recipients refused: ben@example.org (450 4.2.0 Greylisted), cem@example.org (550 5.1.1 No such user)',
    })
    await expect(send(settings, everybody, {}, others)).rejects.toMatchObject({ failure: 'temporary', settled: others })
    ben = '550 5.7.1 Not wanted'
    expect(await send(settings, everybody, {}, others)).toMatchObject({ note: '1 of 1 recipients refused: ben@example.org (550 5.7.1 Not wanted)' })
    ben = ''
    expect(await send(settings, everybody, {}, others)).not.toMatchObject({ note: expect.stringContaining('refused') })
    expect(await send(settings, everybody, {}, [...others, 'ben@example.org'])).toEqual({})
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
    const { note, externalId } = await send(settings, { to })
    expect(server.mails.map((mail) => mail.to)).toEqual([['ana@example.org', 'cem@example.org', 'eva@example.org'], ['dia@example.org']])
    expect(server.mails.map(({ headers }) => headers['message-id'])).toEqual([externalId, externalId])
    expect(note).toBe('1 of 5 recipients refused: ben@example.org (550 5.1.1 No such user)')
  })

  it('is sent again to those whose second mail failed', async () => {
    const { server, settings } = await open()
    server.refuse('rcpt', (address) => (address.startsWith('ana@') ? undefined : '452 4.5.3 Too many recipients'))
    const sent = send(settings, { to: ['ana@example.org', 'ben@example.org'] })
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
    const sent = send(settings, { to: ['ana@example.org', 'ben@example.org'] })
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
