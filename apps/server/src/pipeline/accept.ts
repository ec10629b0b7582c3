import { type AdmitParts, admit } from '../catalogue/admit.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Event } from '../domain/event.ts'
import type { BatchResult, EventReport, Idempotency, Reported, Stored } from '../domain/report.ts'
import type { Clock } from '../domain/time.ts'
import { CarillonError } from '../errors.ts'
import { refuseUnknownTopics, type TopicParts } from './refuse-unknown-topics.ts'

export interface AcceptParts extends TopicParts {
  catalogue: Catalogue
  admit: AdmitParts
  /** Resolves after the commit that holds the event; requests of one turn share a commit. */
  keep(reported: Reported): Promise<Stored>
  /** Throws `overloaded`, `storage_full` or `stopping` when nothing may be accepted now. */
  admission(): void
  clock: Clock
}

/** In the request: checks the report against the catalogue, stores it with its task, and only then returns. */
export function createAccept({ catalogue, keep, unknownTopics, admission, clock, ...parts }: AcceptParts) {
  async function toEvent(report: EventReport): Promise<Event> {
    const event = admit(report, catalogue.entry(report.type), clock(), parts.admit)
    await refuseUnknownTopics(report, unknownTopics)
    return event
  }

  async function answered<T>(reported: Reported, own: T): Promise<{ answer: T; replayed: boolean }> {
    const stored = await keep(reported)
    if (stored.kind === 'refused') throw stored.error
    return stored.kind === 'stored' ? { answer: own, replayed: false } : { answer: JSON.parse(stored.answer), replayed: true }
  }

  return {
    async report(report: EventReport, idempotency?: Idempotency): Promise<{ id: string; replayed: boolean }> {
      admission()
      const event = await toEvent(report)
      const { answer, replayed } = await answered(
        { events: [event], answer: JSON.stringify({ id: event.id }), idempotency, at: event.acceptedAt },
        { id: event.id },
      )
      return { ...answer, replayed }
    },

    /** Each item is checked alone: an invalid one is refused with its own error, the others are stored together. */
    async reportBatch(reports: EventReport[], idempotency?: Idempotency): Promise<{ results: BatchResult<CarillonError>[]; replayed: boolean }> {
      admission()
      const results: BatchResult<CarillonError>[] = []
      const events: Event[] = []
      for (const report of reports) {
        try {
          const event = await toEvent(report)
          events.push(event)
          results.push({ id: event.id })
        } catch (error) {
          if (!(error instanceof CarillonError)) throw error
          results.push({ error })
        }
      }
      if (events.length === 0) return { results, replayed: false }
      const stored = results.map((result) =>
        'id' in result ? result : { error: { code: result.error.code, detail: result.error.message, errors: result.error.errors } },
      )
      const { answer, replayed } = await answered({ events, answer: JSON.stringify(stored), idempotency, at: clock() }, stored)
      return {
        results: replayed
          ? answer.map((one) => ('id' in one ? one : { error: new CarillonError(one.error.code, { detail: one.error.detail, errors: one.error.errors }) }))
          : results,
        replayed,
      }
    },
  }
}
