import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import type { Message } from '../../domain/message.ts'
import { HOUR } from '../../domain/time.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import type { Http, Provider } from '../kit/contract.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { createHttp } from '../kit/http.ts'
import { fieldsWithoutTitle } from './fields.ts'
import { endless, exampleMessage, NOW } from './message.ts'
import { type SmtpReceiver, startSmtpReceiver } from './smtp-receiver.ts'

const PASSWORD = 's3cret-password'

/** `describeProvider` for SMTP: the same guarantees, against a real SMTP server. `given` returns settings for a server with or without authentication. */
export function describeMailProvider(provider: Provider, given: (server: { host: string; port: number; password?: string }) => JsonObject): void {
  describe(`${provider.id} keeps the contract of mail`, () => {
    let server: SmtpReceiver
    let http: Http & { close(): Promise<void> }
    let settings: JsonObject
    const send = (changes: Partial<Message> = {}, destination: JsonObject = { address: 'ana@example.org', name: 'Ana' }, door: Http = http) =>
      provider.send({
        settings,
        destination,
        message: exampleMessage(changes),
        delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
        http: door,
        clock: () => NOW,
      })
    const refusal = async (...args: Parameters<typeof send>): Promise<DeliveryError> => {
      const error = await send(...args).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      if (!(error instanceof DeliveryError)) throw new Error(`expected a DeliveryError, got ${String(error)}`)
      // The content of a log line of the whole error, including its causes.
      expect(inspect(error, { depth: 10 }), 'a secret in an error').not.toContain(PASSWORD)
      return error
    }

    beforeAll(() => {
      http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }) })
    })
    beforeEach(async () => {
      server = await startSmtpReceiver()
      settings = given(server)
    })
    afterEach(async () => {
      await provider.dispose(settings)
      await server.close()
    })
    afterAll(() => http.close())

    it('tells the operator what every field is', () => {
      expect(fieldsWithoutTitle(provider.settings)).toEqual([])
      expect(fieldsWithoutTitle(provider.destination)).toEqual([])
    })

    it('sends text and HTML to the one recipient, with the headers of a machine', async () => {
      const receipt = await send({ html: '<p>main is red</p>' })
      expect(server.mails).toHaveLength(1)
      const { to, headers, raw } = server.mails[0]!
      expect(to).toEqual(['ana@example.org'])
      expect(headers).toMatchObject({
        subject: 'Build 7 failed',
        to: 'Ana <ana@example.org>',
        'auto-submitted': 'auto-generated',
        'x-auto-response-suppress': 'All',
        'x-priority': expect.stringMatching(/^1/),
        date: 'Fri, 20 Nov 2026 10:00:00 +0000',
        'content-type': expect.stringMatching(/^multipart\/alternative/),
      })
      expect(raw.indexOf('text/plain')).toBeGreaterThan(0)
      expect(raw.indexOf('text/html')).toBeGreaterThan(raw.indexOf('text/plain'))
      expect(raw).toContain('<p>main is red</p>')
      expect(receipt.externalId).toBe(headers['message-id'])
    })

    it('gives a mail the same Message-ID on every attempt, and takes it over one connection', async () => {
      await send()
      await send()
      const ids = server.mails.map(({ headers }) => headers['message-id'])
      expect(ids[0]).toMatch(/^<dlv_1@[a-z.]+>$/)
      expect(ids).toEqual([ids[0], ids[0]])
      expect(server.connections()).toBe(1)
    })

    it('lets no text begin a header, name another recipient, or end the message', async () => {
      await send(
        { title: 'Hello\r\nBcc: eve@evil.example\r\n\r\nbody', text: 'one\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n', body: '' },
        { address: 'ana@example.org', name: 'Ana\r\nBcc: eve@evil.example' },
      ).catch((error: unknown) => expect(error).toBeInstanceOf(DeliveryError))
      for (const { to, headers } of server.mails) {
        expect(to).toEqual(['ana@example.org'])
        expect(headers).not.toHaveProperty('bcc')
      }
      await send({ title: 'Hello\r\nBcc: eve@evil.example', text: 'one\r\n.\r\ntwo', body: '' })
      expect(server.mails.at(-1)!.headers).not.toHaveProperty('bcc')
      expect(server.mails.at(-1)!.raw).toContain('\r\ntwo')
    })

    it.each(['ana@example.org, eve@evil.example', '"ana eve"@example.org', 'ana', 'ana@example.org\r\nRCPT TO:<eve@evil.example>', '<ana@example.org>'])(
      'refuses the address %j',
      async (address) => {
        expect(await refusal({}, { address })).toMatchObject({ failure: 'unreachable' })
        expect(server.mails).toEqual([])
      },
    )

    it('survives endless titles and emoji', async () => {
      await send({ title: endless(), text: endless('👍 text\n'), body: '' })
      expect(server.mails[0]!.headers['subject']!.length).toBeLessThan(10_000)
      for (const line of server.mails[0]!.raw.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998)
    })

    it.each([
      ['connect', '554 5.7.1 Go away', { failure: 'misconfigured', scope: 'target' }],
      ['connect', '421 4.3.2 Busy', { failure: 'temporary', scope: 'target' }],
      ['mail', '550 5.7.1 Not your domain', { failure: 'misconfigured', scope: 'target', field: '/settings/from' }],
      ['mail', '530 5.7.0 Sign in first', { failure: 'misconfigured', scope: 'target', field: '/settings/username' }],
      ['rcpt', '450 4.2.0 Greylisted', { failure: 'temporary', scope: 'message', code: 'smtp_450', status: 450 }],
      ['rcpt', '550 5.1.1 No such user', { failure: 'unreachable', scope: 'message' }],
      ['rcpt', '550 5.2.1 Mailbox disabled', { failure: 'unreachable', scope: 'message' }],
      ['rcpt', '552 5.2.2 Mailbox full', { failure: 'temporary', scope: 'message' }],
      ['rcpt', '550 5.7.1 Relaying denied', { failure: 'misconfigured', scope: 'target', field: '/settings/username' }],
      [
        'rcpt',
        '504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname',
        { failure: 'misconfigured', scope: 'target', field: '/settings/helloName' },
      ],
      ['rcpt', '450 4.7.1 <host>: Helo command rejected: Host not found', { failure: 'temporary', scope: 'target', field: '/settings/helloName' }],
      ['data', '550 5.4.5 Daily user sending limit exceeded', { failure: 'temporary', scope: 'target', throttled: 'target', retryAfterMs: 4 * HOUR }],
      ['rcpt', '550 No', { failure: 'rejected', scope: 'message' }],
      ['data', '421 4.4.2 Timeout', { failure: 'temporary', scope: 'target' }],
      ['data', '451 4.7.1 Try later', { failure: 'temporary', scope: 'message' }],
      ['data', '552 5.3.4 Too large', { failure: 'rejected', scope: 'message' }],
      ['data', '554 5.7.1 Spam', { failure: 'misconfigured', scope: 'message' }],
      ['data', '554 5.6.0 Bad content', { failure: 'rejected', scope: 'message' }],
    ] as const)('at %s reads %s', async (verb, reply, expected) => {
      server.refuse(verb, reply)
      expect(await refusal()).toMatchObject({ ...expected, maybeDelivered: false })
      expect(server.mails).toEqual([])
      server.refuse(verb, undefined)
      await expect(send()).resolves.toBeDefined()
    })

    it('says that the mail may have arrived only when the connection died after the message', async () => {
      server.refuse('rcpt', 'hang-up')
      expect(await refusal()).toMatchObject({ failure: 'temporary', scope: 'target', maybeDelivered: false })
      server.refuse('rcpt', undefined)
      server.refuse('data', 'hang-up')
      expect(await refusal()).toMatchObject({ failure: 'temporary', scope: 'target', maybeDelivered: true })
    })

    it('knows a dead server from a forbidden address', async () => {
      await server.close()
      expect(await refusal()).toMatchObject({ failure: 'temporary', code: 'refused', maybeDelivered: false })
      const guarded = createHttp()
      await provider.dispose(settings)
      expect(await refusal({}, undefined, guarded)).toMatchObject({ failure: 'misconfigured', code: 'address_not_allowed' })
      await guarded.close()
    })

    it('signs in, and calls a wrong password a wrong setting without repeating it', async () => {
      const strict = await startSmtpReceiver({ password: PASSWORD })
      settings = given({ ...strict, password: PASSWORD })
      await send()
      expect(strict.mails[0]?.user).toBe('user')
      await provider.dispose(settings)
      settings = given({ ...strict, password: `${PASSWORD}-wrong` })
      expect(await refusal()).toMatchObject({ failure: 'misconfigured', scope: 'target', code: 'smtp_535' })
      strict.refuse('auth', '454 4.7.0 Temporary')
      expect(await refusal()).toMatchObject({ failure: 'temporary', scope: 'target' })
      await strict.close()
    })
  })
}
