import { describe, expect, it } from 'vitest'
import { skip } from '../domain/decision.ts'
import { aConnection, aMessage, NOON } from '../domain/testing/samples.ts'
import { HOUR, MINUTE, SECOND } from '../domain/time.ts'
import { DeliveryError } from '../providers/kit/delivery-error.ts'
import { type RenderFor, renderFailed } from './deliver.ts'
import { ended } from './outcome.ts'
import { halved } from './shorten.ts'
import { attempt, fails, mailgun, smtp, tried } from './testing/attempt.ts'
import { aJob } from './testing/job.ts'
import { createVendors } from './testing/vendors.ts'

const ok = () => ({ externalId: 'vendor-1' })

describe('one attempt', () => {
  it('ends with the first connection that accepts', async () => {
    const { outcome, asked } = await attempt({ mailgun: ok, smtp: ok })
    expect(outcome).toMatchObject({ state: 'sent', externalId: 'vendor-1', dueAt: null, error: null, message: aMessage(), postponed: false })
    expect(outcome.health).toEqual([{ target: 'con_mailgun', error: null, at: NOON }])
    expect(asked.map(({ provider }) => provider)).toEqual(['mailgun'])
    expect(asked[0]!.job).toMatchObject({ destination: { address: 'ada@example.com' }, delivery: { id: 'dlv_1', attempt: 1, createdAt: NOON } })
  })

  it('shows no secret that a vendor repeated in its message id', async () => {
    const { outcome } = await attempt({ mailgun: () => ({ externalId: 'id-s3cret', note: 'thanks, s3cret' }) })
    expect([outcome.externalId, outcome.tries[0]?.detail]).toEqual(['id-********', 'thanks, ********'])
  })

  it.each(['temporary', 'misconfigured'] as const)('goes on to the next connection when the first one is %s', async (failure) => {
    const { outcome } = await attempt({ mailgun: fails(failure), smtp: ok })
    expect(outcome.state).toBe('sent')
    expect(tried(outcome)).toEqual([
      ['con_mailgun', 'failover', failure],
      ['con_smtp', 'sent', null],
    ])
    expect(outcome.health).toEqual([
      { target: 'con_mailgun', error: `it was ${failure}`, trouble: failure === 'temporary' ? 'unreachable' : 'settings', at: NOON },
      { target: 'con_smtp', error: null, at: NOON },
    ])
  })

  it.each(['unreachable', 'rejected'] as const)('asks no other connection when the first one is %s', async (failure) => {
    const { outcome, asked } = await attempt({ mailgun: fails(failure), smtp: ok })
    expect(outcome.state).toBe('failed')
    expect(outcome.unreachable).toBe(failure === 'unreachable' ? 'it was unreachable' : null)
    expect(outcome.health).toEqual([])
    expect(asked).toHaveLength(1)
  })

  it('is tried again when the first connection failed temporarily and the second one rejected the message', async () => {
    const { outcome } = await attempt({ mailgun: fails('temporary', { code: 'http_503' }), smtp: fails('rejected', { code: 'smtp_554' }) })
    expect(outcome).toMatchObject({ state: 'queued', dueAt: NOON + 5 * SECOND, error: { code: 'http_503' } })
    expect(tried(outcome)).toEqual([
      ['con_mailgun', 'failover', 'http_503'],
      ['con_smtp', 'retry', 'smtp_554'],
    ])
  })

  it('asks no other connection when the vendor may already have the message', async () => {
    const { outcome, asked } = await attempt({ mailgun: fails('temporary', { maybeDelivered: true, code: 'timeout' }), smtp: ok })
    expect(asked).toHaveLength(1)
    expect(outcome).toMatchObject({ state: 'queued', dueAt: NOON + 5 * SECOND })
    expect(tried(outcome)).toEqual([['con_mailgun', 'retry', 'timeout']])
  })

  it('keeps the settled ones of several places, for the next attempt only', async () => {
    const { outcome, asked } = await attempt({ mailgun: fails('temporary', { settled: ['a', 'b'] }) }, [mailgun], { settled: ['a'] })
    expect(asked[0]!.job.delivery).toEqual({ id: 'dlv_1', attempt: 1, createdAt: NOON, hops: 1, settled: ['a'] })
    expect(outcome).toMatchObject({ state: 'queued', settled: ['a', 'b'] })
    expect((await attempt({ mailgun: ok }, [mailgun])).asked[0]!.job.delivery).not.toHaveProperty('settled')
  })

  it('passes over a connection whose provider this version does not know', async () => {
    const { outcome } = await attempt({ smtp: fails('temporary') }, [mailgun, smtp, aConnection({ id: 'con_old', provider: 'gone' })])
    expect(outcome.state).toBe('queued')
    expect(tried(outcome)).toEqual([['con_smtp', 'retry', 'temporary']])
  })

  it('fails when no connection can be used at all', async () => {
    const { outcome } = await attempt({}, [mailgun])
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'no_connection' }, tries: [] })
  })

  it('keeps what the connections before said when it cannot be rendered for the next one', async () => {
    let rendered = 0
    const render: RenderFor = () => {
      if (rendered++ > 0) throw new Error('no template')
      return aMessage()
    }
    const first = fails('temporary', { code: 'http_503' })
    const { outcome } = await attempt({ mailgun: first, smtp: ok }, undefined, {}, { render })
    expect(outcome).toMatchObject({ state: 'queued', error: { code: 'http_503' } })
    rendered = 0
    const last = await attempt({ mailgun: first, smtp: ok }, undefined, { attempts: 10 }, { render })
    expect(tried(last.outcome)).toEqual([['con_mailgun', 'failed', 'http_503']])
    await expect(attempt({ smtp: ok }, [smtp], {}, { render })).rejects.toThrow('no template')
  })

  it('is tried again for the failure that may pass, although another connection was misconfigured after it', async () => {
    const spare = aConnection({ id: 'con_spare', provider: 'spare', priority: 2 })
    const answers = { mailgun: fails('temporary', { code: 'http_503' }), smtp: fails('misconfigured', { code: 'http_401' }), spare: fails('rejected') }
    const { outcome } = await attempt(answers, [mailgun, smtp, spare])
    expect(outcome).toMatchObject({ state: 'queued', error: { code: 'http_503' } })
    const unset = { ...answers, mailgun: fails('misconfigured', { code: 'http_401' }) }
    expect((await attempt(unset, [mailgun, smtp, spare])).outcome.state, 'no failure that may pass').toBe('failed')
  })

  it('tells since when a device is gone, and which field a connection needs corrected', async () => {
    expect((await attempt({ smtp: fails('unreachable', { goneSince: NOON - HOUR }) }, [smtp])).outcome.goneSince).toBe(NOON - HOUR)
    const { outcome } = await attempt({ smtp: fails('misconfigured', { field: '/settings/from' }) }, [smtp])
    expect(outcome.health).toMatchObject([{ target: 'con_smtp', field: '/settings/from' }])
  })

  it('renders for the provider of the connection', async () => {
    const rendered: string[] = []
    const render = ({ id }: { id: string }) => {
      rendered.push(id)
      return aMessage({ title: id })
    }
    const { outcome } = await attempt({ mailgun: fails('temporary'), smtp: ok }, undefined, {}, { render })
    expect(rendered).toEqual(['mailgun', 'smtp'])
    expect(outcome.message?.title).toBe('smtp')
  })
})

describe('a message that is too large for its vendor', () => {
  /** The text, cut to the provider's limit. */
  const fitted: RenderFor = ({ capabilities: { body } }) => ({ ...aMessage(), body: 'main is red'.slice(0, body), text: '' })
  const tooLarge = { status: 413, code: 'http_413' }
  const only =
    (most: number) =>
    ({ message }: { message: { body: string } }) => {
      if (message.body.length > most) throw new DeliveryError('rejected', 'it was too large', tooLarge)
      return {}
    }

  it('is sent once more with half its text', async () => {
    const { outcome } = await attempt({ mailgun: only(6) }, [mailgun], {}, { render: fitted })
    expect(outcome).toMatchObject({ state: 'sent', message: { body: 'main ' } })
    expect(outcome.tries).toMatchObject([{ outcome: 'sent', code: null, detail: 'The whole was too large (413), so half the text was sent' }])
  })

  it('is halved in the unit of the vendor, by the longer of its two texts', async () => {
    const vendors = createVendors({ smtp: ok }, { smtp: { unit: 'bytes' } })
    const provider = vendors.provider('smtp')!
    expect(halved(provider, aMessage({ body: 'é'.repeat(10), text: 'é'.repeat(20) })).capabilities.body).toBe(20)
    expect(halved(provider, aMessage({ body: 'é'.repeat(20), text: 'é'.repeat(10) })).capabilities.body).toBe(20)
  })

  it('is given up when half is too large as well', async () => {
    const { outcome, asked } = await attempt({ mailgun: only(2), smtp: ok }, undefined, {}, { render: fitted })
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'http_413' } })
    expect(asked.map(({ provider }) => provider)).toEqual(['mailgun', 'mailgun'])
  })

  it('is not sent a second time unchanged', async () => {
    const { outcome, asked } = await attempt({ mailgun: only(2) }, [mailgun])
    expect(asked).toHaveLength(1)
    expect(tried(outcome)).toEqual([['con_mailgun', 'failed', 'http_413']])
  })
})

describe('the time of the next attempt', () => {
  it('follows the retry table from the first attempt of this round', async () => {
    expect((await attempt({ smtp: fails('temporary') }, [smtp], { attempts: 3 })).outcome).toMatchObject({ state: 'queued', dueAt: NOON + 2 * MINUTE })
    expect((await attempt({ smtp: fails('temporary') }, [smtp], { attempts: 13, attemptsBefore: 10 })).outcome.dueAt).toBe(NOON + 2 * MINUTE)
  })

  it('is not before the vendor’s `Retry-After`', async () => {
    const { outcome } = await attempt({ smtp: fails('temporary', { retryAfterMs: 100 * SECOND }) }, [smtp])
    expect(outcome.dueAt).toBe(NOON + 105 * SECOND)
  })

  it('is none after the last attempt, and the error says how many there were', async () => {
    const { outcome } = await attempt({ smtp: fails('temporary') }, [smtp], { attempts: 10 })
    expect(outcome).toMatchObject({
      state: 'failed',
      dueAt: null,
      error: { code: 'exhausted', sentence: 'Given up after 10 attempts; the last one: it was temporary' },
    })
    expect(tried(outcome)).toEqual([['con_smtp', 'failed', 'temporary']])
  })

  it('follows the retry table of the provider', async () => {
    const hourly = async (attempts: number) =>
      (await attempt({ smtp: fails('temporary') }, [smtp], { attempts }, { capabilities: { smtp: { retries: [HOUR] } } })).outcome
    expect((await hourly(1)).dueAt).toBe(NOON + HOUR)
    expect((await hourly(2)).error?.code).toBe('exhausted')
  })

  it('is never after the expiry', async () => {
    expect((await attempt({ smtp: fails('temporary') }, [smtp], { expiresAt: NOON + 5 * SECOND })).outcome).toMatchObject({ state: 'expired', dueAt: null })
    expect((await attempt({ smtp: fails('temporary') }, [smtp], { expiresAt: NOON + 5 * SECOND + 1 })).outcome.state).toBe('queued')
  })
})

describe('nothing is sent', () => {
  it('when it has expired', async () => {
    const { outcome, asked } = await attempt({ smtp: ok }, [smtp], { expiresAt: NOON })
    expect(outcome).toMatchObject({ state: 'expired', error: { code: 'expired' } })
    expect(asked).toEqual([])
  })

  it('when it is no longer wanted', async () => {
    const { outcome, asked } = await attempt({ smtp: ok }, [smtp], { verdict: skip('category_off') })
    expect(outcome).toMatchObject({ state: 'suppressed', error: { code: 'category_off' }, health: [] })
    expect(tried(outcome)).toEqual([['con_mail', 'suppressed', 'category_off']])
    expect(asked).toEqual([])
  })

  it('when the secrets of the destination do not open', async () => {
    const { outcome, asked } = await attempt({ smtp: ok }, [smtp], { unreadable: true })
    expect(outcome).toMatchObject({ state: 'queued', dueAt: NOON + 5 * SECOND, error: { code: 'destination_unreadable' }, health: [] })
    expect(asked).toEqual([])
  })

  it('while a rule holds it: no attempt was made, and it is decided again at that time', async () => {
    const verdict = { decision: 'hold', reason: 'quiet_hours', until: NOON + HOUR } as const
    const { outcome, asked } = await attempt({ smtp: ok }, [smtp], { verdict })
    expect(outcome).toMatchObject({ state: 'held', hold: { reason: 'quiet_hours', until: NOON + HOUR }, postponed: true, tries: [], health: [], error: null })
    expect(asked).toEqual([])
  })
})

it('does not lose a message to a bug in a provider, and marks no server unhealthy', async () => {
  const { outcome } = await attempt(
    {
      smtp: () => {
        throw new TypeError('secret password in here')
      },
    },
    [smtp],
  )
  expect(outcome).toMatchObject({ state: 'queued', health: [] })
  expect(tried(outcome)).toEqual([['con_smtp', 'retry', 'provider_bug']])
  expect(JSON.stringify(outcome)).not.toContain('secret password')
})

describe('a text that cannot be rendered', () => {
  const parts = { clock: () => NOON, random: () => 0.5 }

  it('is tried again after a rendering limit, and given up in the end', () => {
    expect(renderFailed(aJob(), { kind: 'limit', message: 'too slow' }, parts)).toMatchObject({
      state: 'queued',
      dueAt: NOON + 5 * SECOND,
      tries: [{ outcome: 'retry', code: 'render_limit' }],
    })
    expect(renderFailed(aJob({ attempts: 13, attemptsBefore: 10 }), { kind: 'limit', message: 'too slow' }, parts).dueAt).toBe(NOON + 2 * MINUTE)
    expect(renderFailed(aJob({ attempts: 10 }), { kind: 'limit', message: 'too slow' }, parts)).toMatchObject({
      state: 'failed',
      dueAt: null,
      tries: [{ outcome: 'failed' }],
    })
  })

  it('is given up at once when the template is wrong', () => {
    expect(renderFailed(aJob(), { kind: 'template', message: 'no end' }, parts)).toMatchObject({
      state: 'failed',
      error: { code: 'render_template', sentence: 'no end' },
    })
  })
})

it('can end without asking a connection, and still leaves a record', () => {
  expect(ended(aJob(), 'logged', null, NOON, aMessage())).toMatchObject({
    state: 'logged',
    message: aMessage(),
    tries: [{ connectionId: 'con_mail', at: NOON, ms: 0, outcome: 'logged' }],
  })
})
