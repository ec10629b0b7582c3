import { tryLater } from '../../delivery/deliver.ts'
import type { Job } from '../../delivery/job.ts'
import { ended, type Outcome } from '../../delivery/outcome.ts'
import { MAX_CRASHES } from '../../domain/task.ts'
import type { Clock } from '../../domain/time.ts'

/** What becomes of a delivery that was in a thread when it died: the attempt may have been made, or not. It counts, and the next one has the same id. */
export const afterDeath = (job: Job, deaths: number, parts: { clock: Clock; random: () => number }): Outcome =>
  deaths < MAX_CRASHES
    ? tryLater(job, { code: 'thread_died', sentence: 'The thread that sent it died; it may have been sent' }, parts)
    : ended(job, 'failed', { code: 'quarantined', sentence: `The thread died ${deaths} times while sending this or others of its event` }, parts.clock())

/** A delivery whose event killed a thread each time that it was sent: it is not sent at all. */
export const condemned = (job: Job, deaths: number, clock: Clock): Outcome =>
  ended(
    job,
    'failed',
    { code: 'quarantined', sentence: `Not sent: threads died ${deaths} times while sending others of its event. Retry it when the cause is gone` },
    clock(),
  )
