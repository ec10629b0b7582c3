import { expect, it } from 'vitest'
import { toEntry } from '../catalogue/catalogue.ts'
import { anEvent, anEventType } from '../domain/testing/samples.ts'
import { metBefore } from './met-before.ts'
import type { Plan } from './plan.ts'

const plan: Plan = {
  event: anEvent(),
  entry: toEntry(anEventType()),
  notifications: [{ id: 'ntf_1', userId: 'ada', decisions: '', visible: true }],
  deliveries: [
    {
      ...{ id: 'dlv_1', notificationId: null, recipient: 'adr_list', channel: 'email', destinationId: 'adr_list', addressHash: 'list' },
      ...{ state: 'queued', connectionId: 'con_mail' },
    },
  ],
  decisions: [{ recipient: 'bob', channel: null, decision: 'skip', reason: 'user_inactive' }],
}
const stored = new Error('waited')
const before = { plans: Promise.resolve([plan]), stored: Promise.reject(stored) }
before.stored.catch(() => {})

it('the chunk before has met its people, those who were skipped too, and the addresses that it reaches', async () => {
  expect(await metBefore(before, [anEvent({ to: [{ kind: 'topic', key: 'web' }] })])).toEqual({
    recipients: new Set(['ada', 'bob']),
    addresses: new Set(['list']),
  })
})

it('a dedup key and a second list are waited for', async () => {
  const to = [{ kind: 'topic' as const, key: 'web' }]
  await expect(metBefore(before, [anEvent({ to, dedupKey: 'build-7' })])).rejects.toBe(stored)
  await expect(metBefore(before, [anEvent({ to: [...to, { kind: 'all' }] })])).rejects.toBe(stored)
})
