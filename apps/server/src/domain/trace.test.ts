import { expect, it } from 'vitest'
import type { RecordedDecision } from './stored.ts'
import { folded } from './trace.ts'

const one = (recipient: string, channel: string | null, said: string, more: Partial<RecordedDecision> = {}): RecordedDecision => {
  const [decision, reason] = said.split(' ') as [RecordedDecision['decision'], RecordedDecision['reason']]
  return { recipient, channel, decision, reason, at: 0, ...more }
}

it('folds the skips of one recipient with one reason into one that names their channels, where the first stood', () => {
  const ana = [
    one('ana', 'in_app', 'deliver routed'),
    one('ana', 'slack', 'skip no_connection'),
    one('ana', 'email', 'deliver routed'),
    one('ana', 'ntfy', 'skip no_connection'),
  ]
  expect(folded(ana)).toEqual([ana[0], { ...ana[1], channel: null, channels: ['slack', 'ntfy'] }, ana[2]])
})

it('folds nothing that differs in recipient, connection, reason, detail or time, and nothing that is delivered, held or about a whole person', () => {
  const apart = [
    one('ana', 'slack', 'skip no_connection'),
    one('ben', 'slack', 'skip no_connection'),
    one('ana', 'ntfy', 'skip route_off'),
    one('ana', 'sms', 'skip no_connection', { detail: 'dev_a' }),
    one('ana', 'teams', 'skip no_connection', { at: 1 }),
    one('con_a', 'slack', 'skip tags', { connection: 'con_a' }),
    one('con_b', 'slack', 'skip tags', { connection: 'con_b' }),
    one('cem', null, 'skip user_inactive'),
    one('dan', null, 'skip user_inactive'),
    one('eve', 'email', 'hold quiet_hours'),
    one('eve', 'ntfy', 'hold quiet_hours'),
    one('eve', 'slack', 'deliver routed'),
    one('eve', 'teams', 'deliver routed'),
  ]
  expect(folded(apart)).toEqual(apart)
})
