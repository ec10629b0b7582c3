import type { Decision, DeliverySummary, Event } from '@carillon/client'
import { describe, expect, it } from 'vitest'
import { tellWhy, type Why, wentWrong } from './why-told.ts'

const event: Event = {
  ...{ id: 'evt_1', type: 'build.failed', to: ['ana', { user: 'ben' }, { topic: 'web' }, { all: true }], data: {}, actor: null, channels: null },
  ...{ dedupKey: null, tags: [], severity: 'info', priority: 'high', url: null, sendAt: null, expiresAt: null, acceptedAt: 'noon', state: 'planned' },
}
const decided = (more: Partial<Decision> = {}): Decision => ({
  ...{ user: 'ana', channel: 'email', decision: 'deliver', reason: 'routed', detail: null, at: 'noon' },
  ...more,
})
const delivery = (more: Partial<DeliverySummary> = {}): DeliverySummary => ({
  ...{ id: 'dlv_1', eventId: 'evt_1', notificationId: null, recipient: 'ana', channel: 'email', connection: 'con_1', state: 'sent', heldFor: null },
  ...{ heldUntil: null, mergedInto: null, dueAt: 'one', attempts: 1, createdAt: 'noon', finishedAt: 'two', expiresAt: null, errorCode: null, error: null },
  externalId: null,
  ...more,
})
const why = (more: Partial<Why> = {}): Why => ({
  ...{ event, recipient: null, decisions: [], deliveries: [], connections: new Map([['con_1', 'Mail']]), sendingHeld: null },
  ...more,
})
/** The rows of the table, columns apart. */
const rows = (given: Partial<Why>) =>
  tellWhy(why(given))
    .split('\n')
    .slice(5, -2)
    .map((line) => line.split(/ {2,}/))

describe('what is told of an event', () => {
  it('names everybody it is for', () => {
    expect(tellWhy(why())).toContain('accepted noon for ana, ben, topic web, all\n')
    expect(tellWhy(why({ event: { ...event, to: [] } }))).toContain('accepted noon for shared connections only\n')
  })

  it.each([
    [{ event: { ...event, state: 'accepted' as const } }, 'Nothing is decided yet.'],
    [{ recipient: 'ana' }, 'Nothing was decided about "ana"'],
    [{}, 'It has no recipient'],
  ])('says why there is no decision', (given, words) => expect(tellWhy(why(given))).toContain(words))

  it('shows what goes out first, and every delivery beside the decision that led to it', () => {
    const decisions = [
      decided({ channel: 'sms', decision: 'skip', reason: 'no_destination' }),
      decided({ channel: 'chat', decision: 'hold', reason: 'quiet_hours' }),
      decided(),
    ]
    const deliveries = [delivery(), delivery({ id: 'dlv_2', state: 'failed', attempts: 2, error: '550 no' }), delivery({ id: 'dlv_3', channel: 'sms' })]
    expect(rows({ decisions, deliveries })).toEqual([
      ['ana', 'email', 'goes out: routed', 'sent after 1 attempt through Mail at two (dlv_1)'],
      ['ana', 'email', 'goes out: routed', 'failed after 2 attempts through Mail: 550 no (dlv_2)'],
      ['ana', 'chat', 'held: quiet_hours', '-'],
      ['ana', 'sms', 'skipped: no_destination', '-'],
    ])
  })

  it('says of a delivery that waits why and until when', () => {
    const held = delivery({ state: 'held', attempts: 0, heldFor: 'quiet_hours', heldUntil: 'eight', finishedAt: null })
    const queued = delivery({ id: 'dlv_2', state: 'queued', finishedAt: null, connection: 'con_gone' })
    expect(rows({ decisions: [decided()], deliveries: [held, queued] }).map((row) => row[3])).toEqual([
      'held for quiet_hours until eight through Mail (dlv_1)',
      'queued after 1 attempt through con_gone, next at one (dlv_2)',
    ])
  })

  it.each([
    [['a'], 'a'],
    [['a', 'b', 'c', 'd'], 'a, b, c, d'],
    [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
    [[], 'all channels'],
  ])('names the channels that were skipped alike: %j', (channels, words) => {
    expect(rows({ decisions: [decided({ channel: null, channels, decision: 'skip', reason: 'user_inactive' })] })[0]?.[1]).toBe(words)
  })
})

it.each<[boolean, Partial<Why>]>([
  [false, { decisions: [decided()], deliveries: [delivery()] }],
  [true, { decisions: [decided()], deliveries: [delivery(), delivery({ state: 'expired' })] }],
  [true, { event: { ...event, state: 'failed' } }],
  [true, { recipient: 'nobody' }],
  [false, { recipient: 'ana', event: { ...event, state: 'scheduled' } }],
  [false, {}],
])('something went wrong: %s', (wrong, given) => expect(wentWrong(why(given))).toBe(wrong))
