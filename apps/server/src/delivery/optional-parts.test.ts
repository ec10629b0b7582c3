import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import type { Message } from '../domain/message.ts'
import { aConnection, aMessage, NOON } from '../domain/testing/samples.ts'
import type { Provider, Receipt } from '../providers/kit/contract.ts'
import { DeliveryError, type DeliveryErrorOptions } from '../providers/kit/delivery-error.ts'
import { deliver } from './deliver.ts'
import { optionalParts } from './optional-parts.ts'
import { aJob } from './testing/job.ts'
import { createVendors } from './testing/vendors.ts'

const chat = aConnection({ id: 'con_chat', provider: 'chat', settings: { avatar: 'http://pictures/bell.png' } })
const rich = { url: 'http://bugsink:8000/issues/1', image: 'https://x.example/i.png', actions: [{ label: 'Open', url: 'https://x.example/a' }] }

/** A vendor that refuses everything but a bare message, and what it was asked. */
const attempt = (
  refusal: DeliveryErrorOptions & { failure?: DeliveryError['failure'] },
  more: Partial<Provider> = {},
  message = aMessage(rich),
  second?: DeliveryErrorOptions,
) =>
  attemptAt(
    (asked) => {
      if (asked.bare && second === undefined) return { externalId: '1' }
      throw new DeliveryError(refusal.failure ?? 'rejected', 'chat answered 400: embeds/0/url', asked.bare ? second : refusal)
    },
    more,
    message,
  )

async function attemptAt(answer: (asked: Message) => Receipt, more: Partial<Provider> = {}, message = aMessage(rich)) {
  const vendors = createVendors({ chat: (job) => answer(job.message) })
  const provider = (id: string): Provider | undefined => {
    const found = vendors.provider(id)
    return found && { ...found, optional: ['link', 'picture', 'buttons', 'avatar'], ...more }
  }
  const render = ({ capabilities }: Provider) => {
    const { url: _, image: __, ...rest } = message
    return capabilities.bare ? { ...rest, actions: [], bare: true as const, body: `${message.body} ${message.url}`.slice(0, capabilities.body) } : message
  }
  const outcome = await deliver(aJob(), [chat], render, { http: vendors.http, hide: vendors.hide, provider, clock: () => NOON, random: () => 0.5 })
  return { outcome, asked: vendors.asked.map(({ job }) => job.message.bare === true) }
}

describe('a part that the vendor refuses', () => {
  it('is left out on one second try, and the history says which, and why', async () => {
    const { outcome, asked } = await attempt({ status: 400 })
    expect(asked).toEqual([false, true])
    expect(outcome).toMatchObject({ state: 'sent', message: { bare: true, body: expect.stringContaining('http://bugsink:8000/issues/1') } })
    expect(outcome.tries).toMatchObject([
      { outcome: 'sent', detail: 'Sent without link, picture, buttons, and avatar, one of which the vendor refused (chat answered 400: embeds/0/url)' },
    ])
  })

  it('is left out at once where the vendor is known to refuse it', async () => {
    const { outcome, asked } = await attempt({ status: 400 }, { refusesLink: (address) => address.includes('//bugsink') })
    expect(asked).toEqual([true])
    expect(outcome.tries[0]?.detail).toContain('is known to refuse')
    const picture = { url: 'https://x.example/1', image: 'http://bugsink:8000/i.png' }
    expect((await attempt({ status: 400 }, { refusesLink: (address) => address.includes('//bugsink') }, aMessage(picture))).asked).toEqual([true])
  })

  it('is still said when half the text was left out as well, and before the remark of the vendor', async () => {
    const { outcome } = await attemptAt(({ bare, body }) => {
      if (!bare) throw new DeliveryError('rejected', 'chat answered 400', { status: 400 })
      if (body.length > 20) throw new DeliveryError('rejected', 'chat answered 413', { status: 413 })
      return { note: 'one of two rooms' }
    })
    expect(outcome.tries[0]?.detail).toBe(
      'Sent without link, picture, buttons, and avatar, one of which the vendor refused (chat answered 400). The whole was too large (413), so half the text was sent: one of two rooms',
    )
  })

  it('may be of the settings or of the destination', () => {
    const provider = createVendors({ chat: () => ({}) }).provider('chat')
    const parts = (...forms: JsonObject[]) => provider && optionalParts({ ...provider, optional: ['avatar'] }, aMessage(), forms)
    expect([parts({ iconUrl: 'https://x.example/i' }, {}), parts({}, { icon: 'http://x/i' }), parts({ icon: ':bell:' }, {})]).toEqual([
      ['avatar'],
      ['avatar'],
      [],
    ])
  })

  it.each<[string, DeliveryErrorOptions & { failure?: DeliveryError['failure'] }]>([
    ['the vendor may have it', { status: 400, maybeDelivered: true }],
    ['there was no answer', {}],
    ['it may pass', { status: 503, failure: 'temporary' }],
    ['the recipient is gone', { status: 404, failure: 'unreachable' }],
    ['it is refused by a fault of the vendor', { status: 501 }],
    ['it is too large, which has a remedy of its own', { status: 413 }],
    ['it is about the connection', { status: 400, about: 'connection' }],
    ['the settings are wrong', { status: 401, failure: 'misconfigured' }],
    ['it is about the recipient', { status: 400, about: 'recipient' }],
  ])('is not looked for when %s: nobody gets a second message', async (_why, refusal) => expect((await attempt(refusal)).asked).toEqual([false]))

  it('is not looked for in a message without one, or for a vendor that gets none', async () => {
    expect((await attempt({ status: 400 }, { optional: ['link'] }, aMessage())).asked).toEqual([false])
    expect((await attempt({ status: 400 }, { optional: [] })).asked).toEqual([false])
    expect((await attempt({ status: 400 }, {}, { ...aMessage(rich), bare: true }, { status: 400 })).asked).toEqual([true])
  })

  it('is tried once: a second refusal ends the delivery', async () => {
    const { outcome, asked } = await attempt({ status: 400 }, {}, aMessage(rich), { status: 400 })
    expect(asked).toEqual([false, true])
    expect(outcome.state).toBe('failed')
  })
})
