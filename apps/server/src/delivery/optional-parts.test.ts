import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import type { Message, OptionalPart } from '../domain/message.ts'
import { aConnection, aMessage, NOON } from '../domain/testing/samples.ts'
import type { Provider } from '../providers/kit/contract.ts'
import { DeliveryError, type DeliveryErrorOptions } from '../providers/kit/delivery-error.ts'
import { deliver } from './deliver.ts'
import { optionalParts } from './optional-parts.ts'
import { aJob } from './testing/job.ts'
import { createVendors } from './testing/vendors.ts'

const chat = aConnection({ id: 'con_chat', provider: 'chat', settings: { avatar: 'http://pictures/bell.png' } })
const rich = { url: 'http://bugsink:8000/issues/1', image: 'https://x.example/i.png', actions: [{ label: 'Open', url: 'https://x.example/a' }] }
const ALL: OptionalPart[] = ['link', 'picture', 'buttons', 'avatar']

type Refusal = DeliveryErrorOptions & { failure?: DeliveryError['failure'] }
/** Every message but one without all its parts is refused like this. */
const always =
  (refusal: Refusal) =>
  ({ without = [] }: Message): Refusal | null =>
    without.length === ALL.length ? null : refusal

/** What a vendor with these answers was asked: of each message the parts that were left out. */
async function attempt(answer: (message: Message) => Refusal | null, more: Partial<Provider> = {}, message = aMessage(rich), note?: string) {
  const vendors = createVendors({
    chat({ message: asked }) {
      const refusal = answer(asked)
      if (refusal === null) return { externalId: '1', ...(note === undefined ? {} : { note }) }
      throw new DeliveryError(refusal.failure ?? 'rejected', 'chat answered 400: embeds/0/url', refusal)
    },
  })
  const provider = (id: string): Provider | undefined => {
    const found = vendors.provider(id)
    return found && { ...found, optional: ALL, ...more }
  }
  const render = ({ capabilities: { without, body: room } }: Provider) => {
    const body = without?.includes('link') ? `${message.body} ${message.url}` : message.body
    return { ...message, ...(without && { without }), body: body.slice(0, room) }
  }
  const outcome = await deliver(aJob(), [chat], render, { http: vendors.http, hide: vendors.hide, provider, clock: () => NOON, random: () => 0.5 })
  return { outcome, asked: vendors.asked.map(({ job }) => job.message.without ?? []) }
}

describe('a part that the vendor refuses', () => {
  it('is left out with all others where the answer names none, and the history says which, and why', async () => {
    const { outcome, asked } = await attempt(always({ status: 400 }))
    expect(asked).toEqual([[], ALL])
    expect(outcome).toMatchObject({ state: 'sent', message: { without: ALL, body: expect.stringContaining('http://bugsink:8000/issues/1') } })
    expect(outcome.tries).toMatchObject([
      { outcome: 'sent', detail: 'Sent without link, picture, buttons, and avatar, one of which the vendor refused (chat answered 400: embeds/0/url)' },
    ])
  })

  it('is left out alone where the answer names it', async () => {
    const { outcome, asked } = await attempt(({ without = [] }) => (without.includes('picture') ? null : { status: 400, parts: ['picture'] }))
    expect(asked).toEqual([[], ['picture']])
    expect(outcome.tries).toMatchObject([{ outcome: 'sent', detail: 'Sent without picture, which the vendor refused (chat answered 400: embeds/0/url)' }])
  })

  it('does not cost the message when there is another fault behind it: then all are left out', async () => {
    const { outcome, asked } = await attempt(always({ status: 400, parts: ['picture'] }))
    expect(asked).toEqual([[], ['picture'], ['picture', 'link', 'buttons', 'avatar']])
    expect(outcome.tries[0]?.detail).toMatch(/^Sent without picture, which .* and without link, buttons, and avatar, one of which the vendor refused/)
  })

  it('is not left out where the message has none of the parts that are named: then all are', async () => {
    expect((await attempt(always({ status: 400, parts: ['fields'] }))).asked).toEqual([[], ALL])
  })

  it('is left out where the settings may be meant as well, if it is named', async () => {
    const named = ({ without = [] }: Message): Refusal | null =>
      without.includes('link') ? null : { failure: 'misconfigured', status: 400, scope: 'message', parts: ['link'] }
    expect((await attempt(named)).asked).toEqual([[], ['link']])
  })

  it('is left out at once where the vendor is known to refuse it', async () => {
    const refusesLink = (address: string) => address.includes('//bugsink')
    const { outcome, asked } = await attempt(() => null, { refusesLink })
    expect(asked).toEqual([['link']])
    expect(outcome.tries[0]?.detail).toBe('Sent without link, which the vendor is known to refuse')
    const picture = aMessage({ url: 'https://x.example/1', image: 'http://bugsink:8000/i.png' })
    expect((await attempt(() => null, { refusesLink }, picture)).asked).toEqual([['picture']])
    expect((await attempt(always({ status: 400 }), { refusesLink })).asked).toEqual([['link'], ALL])
  })

  it('is still said when half the text was left out as well, and before the remark of the vendor', async () => {
    const answer = ({ without, body }: Message) => (without === undefined ? { status: 400 } : body.length > 20 ? { status: 413 } : null)
    const { outcome } = await attempt(answer, {}, aMessage(rich), 'one of two rooms')
    expect(outcome.tries[0]?.detail).toMatch(
      /^Sent without link, picture, buttons, and avatar, one of which .*\. The whole was too large \(413\), so half the text was sent: one of two rooms$/,
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

  it.each<[string, Refusal]>([
    ['the vendor may have it', { status: 400, maybeDelivered: true }],
    ['there was no answer', {}],
    ['it may pass', { status: 503, failure: 'temporary' }],
    ['the recipient is gone', { status: 404, failure: 'unreachable' }],
    ['it is refused by a fault of the vendor', { status: 501 }],
    ['it is too large, which has a remedy of its own', { status: 413 }],
    ['it is about the connection', { status: 400, about: 'connection' }],
    ['the settings are wrong', { status: 401, failure: 'misconfigured' }],
    ['it is about the recipient', { status: 400, about: 'recipient' }],
  ])('is not looked for when %s: nobody gets a second message', async (_why, refusal) => {
    const { asked } = await attempt(always(refusal))
    // With half the text, it has all its parts.
    expect(asked).toEqual(refusal.status === 413 ? [[], []] : [[]])
  })

  it('is not looked for in a message without one, or for a vendor that gets none', async () => {
    expect((await attempt(always({ status: 400 }), { optional: ['link'] }, aMessage())).asked).toEqual([[]])
    expect((await attempt(always({ status: 400 }), { optional: [] })).asked).toEqual([[]])
    expect((await attempt(() => ({ status: 400 }), {}, aMessage({ ...rich, without: ALL }))).asked).toEqual([ALL])
  })

  it('is looked for at most twice: then the delivery ends', async () => {
    const once = await attempt(() => ({ status: 400 }))
    expect([once.asked.length, once.outcome.state]).toEqual([2, 'failed'])
    const named = await attempt(() => ({ status: 400, parts: ['link'] }))
    expect([named.asked.length, named.outcome.state]).toEqual([3, 'failed'])
  })
})
