import { noticeEvents } from '../catalogue/notices.ts'
import type { Notice, Told } from '../domain/notice.ts'
import { insertEvents } from '../storage/pipeline/event-store.ts'
import type { Trx } from '../storage/schema.ts'
import type { Base, Rooms } from './parts.ts'

/** Stores notices for operators and people as events, in the same transaction. Nothing is logged here: the transaction may be rolled back. */
export function tellNotices({ clock, dialect, queue, registry }: Pick<Base & Rooms, 'clock' | 'dialect' | 'queue' | 'registry'>) {
  return async (trx: Trx, notices: readonly Notice[]): Promise<Told> => {
    const events = noticeEvents(notices, { connection: registry.find, clock })
    await insertEvents(dialect, trx, queue.enqueue, events)
    return { notices, events }
  }
}

/** The log of the provider `log`. */
export const logLine =
  ({ log }: Pick<Base, 'log'>) =>
  (line: object) =>
    log.info(line, 'a message of the channel log')
