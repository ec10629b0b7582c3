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

it('reports no difference when all expected messages arrived', () => {
  expect(check(played(), inbox, mail)).toEqual([])
})

it('reports missing messages, with their state in the hub', () => {
  expect(check(played(), mail)).toEqual([expect.stringContaining('build.failed for Ana in the app did not arrive')])
  const failed = aDelivery({ state: 'failed', error: 'no such mailbox' })
  expect(check(played(failed), inbox)).toEqual(['build.failed for Ana by mail did not arrive: failed, no such mailbox'])
  expect(check(played(null), inbox)).toEqual(['build.failed for Ana by mail did not arrive: no delivery was planned'])
})

it('reports a message that arrived but is not sent according to the hub', () => {
  expect(check(played(aDelivery({ state: 'queued' })), inbox, mail)).toEqual(['build.failed for Ana by mail arrived, but the hub says queued'])
})

it('reports duplicates, unexpected messages and messages without an event', () => {
  expect(check(played(), inbox, mail, mail)).toEqual(['build.failed for Ana by mail arrived 2 times'])
  expect(check(played(), inbox, mail, { ...mail, who: 'ben' })).toEqual(['build.failed for Ben by mail arrived and was not promised'])
  expect(check(played(), inbox, mail, { ...mail, eventId: '' })).toEqual(['“red” arrived by mail and belongs to no event'])
})
