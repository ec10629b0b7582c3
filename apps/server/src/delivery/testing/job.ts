import { deliver } from '../../domain/decision.ts'
import { anEvent, NOON } from '../../domain/testing/samples.ts'
import type { Claimed, Job } from '../job.ts'

/** A delivery on its first attempt; a test names only the fields that matter to it. */
export const aClaimed = (more: Partial<Claimed> = {}): Claimed => ({
  id: 'dlv_1',
  eventId: 'evt_1',
  notificationId: 'ntf_1',
  recipient: 'ada',
  channel: 'email',
  destinationId: 'dst_ada',
  connectionId: 'con_mail',
  lease: 0,
  attempts: 1,
  attemptsBefore: 0,
  crashes: 0,
  expiresAt: null,
  createdAt: NOON,
  ...more,
})

export const aJob = (more: Partial<Job> = {}): Job => ({
  ...aClaimed(more),
  event: anEvent(),
  // Never old: reading again is a matter of its own tests.
  readAt: Number.POSITIVE_INFINITY,
  person: { id: 'ada' },
  destination: { address: 'ada@example.com' },
  namedBy: 'application',
  verdict: deliver('routed'),
  ...more,
})
