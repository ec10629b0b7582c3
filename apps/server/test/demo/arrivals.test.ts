import type { DeliverySummary } from '@carillon/client'
import { expect, it } from 'vitest'
import { type Arrival, differences, type Played } from '../../demo/arrivals.ts'

const aDelivery = (more: Partial<DeliverySummary> = {}): DeliverySummary => ({
  id: 'dlv_1',
  eventId: 'evt_1',
  notificationId: null,
  recipient: 'ana',
  channel: 'email',
  connection: 'con_1',
  state: 'sent',
  heldFor: null,
  heldUntil: null,
  mergedInto: null,
  dueAt: '2026-01-05T12:00:00.000Z',
  attempts: 1,
  createdAt: '2026-01-05T12:00:00.000Z',
  finishedAt: null,
  expiresAt: null,
  errorCode: null,
  error: null,
  externalId: null,
  ...more,
})
const played = (delivery: DeliverySummary | null = aDelivery()): Played[] => [
  {
    id: 'evt_1',
    report: { type: 'build.failed', to: ['ana'] },
    promised: { ana: ['in_app', 'email'] },
    deliveries: delivery === null ? [] : [delivery],
    trace: [],
  },
]
const inbox: Arrival = { eventId: 'evt_1', who: 'ana', channel: 'in_app', text: 'red' }
const mail: Arrival = { eventId: 'evt_1', who: 'ana', channel: 'email', text: 'red' }
const check = (acts: Played[], ...arrivals: Arrival[]) => differences(acts, arrivals, (recipient) => recipient)

it('has nothing to say when promise and arrival are the same', () => {
  expect(check(played(), inbox, mail)).toEqual([])
})

it('names what did not arrive, with what the hub knows about it', () => {
  expect(check(played(), mail)).toEqual([expect.stringContaining('build.failed for Ana in the app did not arrive')])
  const failed = aDelivery({ state: 'failed', error: 'no such mailbox' })
  expect(check(played(failed), inbox)).toEqual(['build.failed for Ana by mail did not arrive: failed, no such mailbox'])
  expect(check(played(null), inbox)).toEqual(['build.failed for Ana by mail did not arrive: no delivery was planned'])
})

it('does not take an arrival for a success that the hub does not know of', () => {
  expect(check(played(aDelivery({ state: 'queued' })), inbox, mail)).toEqual(['build.failed for Ana by mail arrived, but the hub says queued'])
})

it('names what came twice, what nobody was promised, and what belongs to nothing', () => {
  expect(check(played(), inbox, mail, mail)).toEqual(['build.failed for Ana by mail arrived 2 times'])
  expect(check(played(), inbox, mail, { ...mail, who: 'ben' })).toEqual(['build.failed for Ben by mail arrived and was not promised'])
  expect(check(played(), inbox, mail, { ...mail, eventId: '' })).toEqual(['“red” arrived by mail and belongs to no event'])
})
