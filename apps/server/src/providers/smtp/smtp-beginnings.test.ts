import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { createHttp } from '../kit/http.ts'
import { type Closing, startClosingSmtp } from '../testing/closing-smtp.ts'
import { createBeginnings } from './smtp-beginnings.ts'
import { smtpError } from './smtp-errors.ts'
import { createSmtpPool, SmtpFailure } from './smtp-pool.ts'

describe('a mail server that closes the connection', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  /** Sends so many mails one after the other over one pool; the outcome of each. */
  async function send(closes: (begun: number) => Closing, mails = 1, text = 'x') {
    const server = await startClosingSmtp(closes)
    const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }) })
    const pool = createSmtpPool({ host: '127.0.0.1', port: server.port, security: 'none', connections: 1 }, http)
    closing.push(
      () => server.close(),
      () => http.close(),
      () => pool.close(),
    )
    const outcomes: unknown[] = []
    for (let n = 0; n < mails; n++) {
      const error = await pool.send({ from: 'hub@carillon.example', to: 'ana@example.org', text }).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      outcomes.push(error instanceof SmtpFailure ? smtpError(error.error, 'mail.test:25', error.sent) : (error ?? 'sent'))
    }
    return { server, outcomes }
  }

  it('after the final dot has the mail at most once, and the result is unknown', async () => {
    const { server, outcomes } = await send(() => 'dot')
    expect(outcomes).toMatchObject([{ failure: 'temporary', code: 'reset', maybeDelivered: true }])
    expect([server.begun(), server.whole()]).toEqual([1, 1])
  })

  it('after the final dot of a later mail has that one at most once, too', async () => {
    const { server, outcomes } = await send((begun) => (begun === 1 ? null : 'dot'), 2)
    expect(outcomes).toMatchObject(['sent', { maybeDelivered: true }])
    expect([server.begun(), server.whole()]).toEqual([2, 2])
  })

  it('inside the mail has none, and nothing is unknown', async () => {
    const { server, outcomes } = await send(() => 'inside', 1, `${'long '.repeat(20)}\n`.repeat(100_000))
    expect(outcomes).toMatchObject([{ failure: 'temporary', code: 'reset', maybeDelivered: false }])
    expect(server.whole()).toBe(0)
  })

  it('after MAIL FROM has none', async () => {
    const { server, outcomes } = await send(() => 'mail')
    expect(outcomes).toMatchObject([{ failure: 'temporary', code: 'reset', maybeDelivered: false }])
    expect(server.whole()).toBe(0)
  })

  it('before a later mail gets it over a new connection in the same attempt', async () => {
    const { server, outcomes } = await send((begun) => (begun === 2 ? 'mail' : null), 2)
    expect(outcomes).toEqual(['sent', 'sent'])
    expect([server.begun(), server.whole()]).toEqual([3, 2])
  })
})

describe('the beginnings of one mail', () => {
  const read = async (stream: Readable) => {
    for await (const _ of stream) {
      // To its end.
    }
  }

  it('may be several while none of them was written whole', async () => {
    const beginnings = createBeginnings()
    beginnings.begin(new Readable({ read() {} }))
    beginnings.begin(Readable.from(['mail']))
    expect([beginnings.signal.aborted, beginnings.written()]).toEqual([false, false])
  })

  it('end with the one that was written whole: the next is aborted before it is read', async () => {
    const beginnings = createBeginnings()
    const [first, second] = [Readable.from(['mail']), Readable.from(['mail'])]
    beginnings.begin(first)
    await read(first)
    expect([beginnings.signal.aborted, beginnings.written()]).toEqual([false, true])
    beginnings.begin(second)
    expect([second.destroyed, second.readableDidRead]).toEqual([true, false])
    expect(smtpError(beginnings.signal.reason, 'mail.test:25', beginnings.written())).toMatchObject({
      failure: 'temporary',
      code: 'reset',
      maybeDelivered: true,
    })
  })
})
