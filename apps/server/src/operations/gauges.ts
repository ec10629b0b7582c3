import type { HealthIssue } from '../connections/channel-health.ts'
import type { UnknownTasks } from '../domain/task.ts'
import type { Clock, Millis } from '../domain/time.ts'
import type { Admission } from '../pipeline/admission.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { connectionStates, countDeliveries } from '../storage/operations/backlog.ts'
import { version } from '../version.ts'
import type { Metrics } from './metrics.ts'

export interface GaugeParts {
  dialect: Dialect
  admission: Admission
  issues(): readonly HealthIssue[]
  unknownTasks(): Promise<UnknownTasks[]>
  /** After a restore, until an operator confirms. */
  sendingHeld(): boolean
  /** When the next delivery of each queue is due that may be sent now. The wait for a blocked connection is not the hub's delay. */
  nextDue(): Promise<ReadonlyMap<string, Millis>>
  /** How long the oldest due event has been waiting for its decisions. */
  oldestTask(): Promise<Millis>
  clock: Clock
}

const OLDEST_AGE = 'How long the oldest waits that could be worked on now: events for their decisions, deliveries for their attempt.'

/** The hub's present state, read when the metrics are read. On several nodes each reports the one database. */
export function hubGauges(metrics: Metrics, { dialect, admission, issues, unknownTasks, sendingHeld, nextDue, oldestTask, clock }: GaugeParts): void {
  metrics.read('gauge', 'carillon_build_info', 'Always 1.', ['version', 'engine'], () => [[[version, dialect.engine], 1]])
  metrics.read('gauge', 'carillon_intake_open', '1 while events are accepted; 0 when hub or disk is full, the database away, or the hub stopping.', [], () => {
    const { refusal, away } = admission.state()
    return [[[], refusal === null && !away ? 1 : 0]]
  })
  metrics.read('gauge', 'carillon_sending_held', '1 after a restore, until an operator confirms sending.', [], () => [[[], sendingHeld() ? 1 : 0]])
  metrics.read('gauge', 'carillon_disk_free_bytes', 'Free space where the data lies; absent where the hub cannot know.', [], () => {
    const { free } = admission.state()
    return free === null ? [] : [[[], free]]
  })
  metrics.read(
    'gauge',
    'carillon_queue_depth',
    'What waits: events for their decisions, deliveries by state (at most 100,000 of each), tasks of unknown kinds.',
    ['queue', 'state'],
    async () => [
      [['fan-out', 'waiting'], admission.state().waiting],
      ...(await unknownTasks()).map(({ name, count }) => [[name, 'unknown'], count] as const),
      ...[...(await countDeliveries(dialect, ['queued', 'sending', 'held'], clock()))].map(([state, n]) => [['deliveries', state], n] as const),
    ],
  )
  metrics.read('gauge', 'carillon_dead_letters', 'Deliveries that were given up and are kept, at most 100,000.', [], async () =>
    [...(await countDeliveries(dialect, ['failed'], clock())).values()].map((n) => [[], n] as const),
  )
  metrics.read('gauge', 'carillon_queue_oldest_age_seconds', OLDEST_AGE, ['queue'], async () => {
    const now = clock()
    const earliest = Math.min(now, ...(await nextDue()).values())
    return [
      [['fan-out'], (await oldestTask()) / 1000],
      [['deliveries'], (now - earliest) / 1000],
    ]
  })
  metrics.read('gauge', 'carillon_health_issue', '1 for each issue of GET /v1/health.', ['source', 'level'], () =>
    issues().map(({ source, level }) => [[source, level], 1] as const),
  )

  const labels = ['connection', 'provider', 'channel']
  metrics.read('gauge', 'carillon_connection_blocked', '1 while an enabled connection is blocked by its failures.', labels, async () => {
    const now = clock()
    return (await connectionStates(dialect)).map(({ name, provider, channel, blocked_until }) => [
      [name, provider, channel],
      blocked_until !== null && blocked_until > now ? 1 : 0,
    ])
  })
  metrics.read('gauge', 'carillon_connection_level', 'How far the blocks of a connection have grown, 0 to 5.', labels, async () =>
    (await connectionStates(dialect)).map(({ name, provider, channel, level }) => [[name, provider, channel], level ?? 0] as const),
  )
}
