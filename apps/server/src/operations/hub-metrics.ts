import type { Outcome } from '../delivery/outcome.ts'
import type { Stored } from '../domain/report.ts'
import type { Clock, Millis } from '../domain/time.ts'
import { CarillonError, type ErrorCode } from '../errors.ts'
import type { Plan } from '../pipeline/plan.ts'
import type { Pipeline } from '../pipeline.ts'
import type { Metrics } from './metrics.ts'

/** Seconds: from a commit on a quick disk to the longest timeout of a vendor. */
const SHORT = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** Seconds: from an immediate delivery to the end of the retries. */
const LONG = [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 1800, 3600, 21_600, 86_400]
/** Outcomes of tries that called a vendor. */
const ASKED: ReadonlySet<string> = new Set(['sent', 'retry', 'failed', 'failover'])

export interface HubMetricsParts {
  clock: Clock
  providerOf(connectionId: string): string
  /** The error code of a storage failure; null for any other error. */
  storageRefusal(error: unknown): ErrorCode | null
}

/** The work of this process, counted as it happens: no query of the database, and no recipient, address or event id in a label. */
export function createHubMetrics(metrics: Metrics, { clock, providerOf, storageRefusal }: HubMetricsParts) {
  const accepted = metrics.counter('carillon_events_accepted_total', 'Events that were committed to disk.')
  const refused = metrics.counter('carillon_events_refused_total', 'Reports that were refused, by error code.', ['code'])
  const replays = metrics.counter('carillon_idempotent_replays_total', 'Reports that were answered again by their Idempotency-Key.')
  const commits = metrics.histogram('carillon_ingest_commit_duration_seconds', 'One group commit of reported events.', [], SHORT)
  const planning = metrics.histogram('carillon_fan_out_duration_seconds', 'One transaction of fan-out.', [], SHORT)
  const notifications = metrics.counter('carillon_notifications_planned_total', 'Events times users.')
  const planned = metrics.counter('carillon_deliveries_planned_total', 'Deliveries that were planned.', ['channel'])
  const ended = metrics.counter('carillon_deliveries_total', 'Deliveries that ended: sent, failed, suppressed, expired or logged.', [
    'channel',
    'provider',
    'outcome',
  ])
  const attempts = metrics.counter('carillon_delivery_attempts_total', 'Tries of a connection: sent, retry, failover or failed.', [
    'channel',
    'provider',
    'outcome',
  ])
  const took = metrics.histogram('carillon_delivery_duration_seconds', 'One try of a connection.', ['channel', 'provider'], SHORT)
  const whole = metrics.histogram('carillon_delivery_end_to_end_seconds', 'From the decision to the vendor’s acceptance, waits included.', ['channel'], LONG)

  const refuse = (error: unknown) => {
    const code = error instanceof CarillonError ? error.code : storageRefusal(error)
    if (code !== null) refused.add([code])
  }

  return {
    kept(events: number, { kind }: Stored): void {
      if (kind === 'stored') accepted.add([], events)
      if (kind === 'replayed') replays.add([])
    },
    committed: (took: Millis): void => commits.observe([], took / 1000),
    plannedIn: (took: Millis): void => planning.observe([], took / 1000),
    planned(plans: readonly Plan[]): void {
      for (const plan of plans) {
        notifications.add([], plan.notifications.length)
        for (const { channel } of plan.deliveries) planned.add([channel])
      }
    },
    recorded(outcomes: readonly Outcome[]): void {
      for (const { delivery, state, tries } of outcomes) {
        const { channel } = delivery
        for (const { connectionId, outcome, ms } of tries) {
          if (!ASKED.has(outcome)) continue
          const provider = providerOf(connectionId)
          attempts.add([channel, provider, outcome])
          took.observe([channel, provider], ms / 1000)
        }
        if (state === 'queued' || state === 'held') continue
        ended.add([channel, providerOf(tries.at(-1)?.connectionId ?? delivery.connectionId), state])
        if (state === 'sent') whole.observe([channel], (clock() - delivery.createdAt) / 1000)
      }
    },
    /** The same two functions, with refusals counted. */
    counting: ({ report, reportBatch }: Pick<Pipeline, 'report' | 'reportBatch'>): Pick<Pipeline, 'report' | 'reportBatch'> => ({
      async report(...given) {
        try {
          return await report(...given)
        } catch (error) {
          refuse(error)
          throw error
        }
      },
      async reportBatch(...given) {
        try {
          const answer = await reportBatch(...given)
          for (const one of answer.results) if ('error' in one) refuse(one.error)
          return answer
        } catch (error) {
          refuse(error)
          throw error
        }
      },
    }),
  }
}

export type HubMetrics = ReturnType<typeof createHubMetrics>
