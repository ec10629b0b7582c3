import { noticeEvents } from '../catalogue/notices.ts'
import type { Notice } from '../domain/notice.ts'
import { createNoticeLog } from '../operations/operator-log.ts'
import { insertEvents } from '../storage/pipeline/event-store.ts'
import type { Trx } from '../storage/schema.ts'
import type { Base, Rooms } from './parts.ts'

/** Stores notices for operators and people as events, in the same transaction. */
export function tellNotices({ clock, dialect, log, queue, registry }: Pick<Base & Rooms, 'clock' | 'dialect' | 'log' | 'queue' | 'registry'>) {
  const logNotices = createNoticeLog({ log, clock })
  return async (trx: Trx, notices: readonly Notice[]): Promise<void> => {
    const events = noticeEvents(notices, { connection: registry.find, clock })
    await insertEvents(dialect, trx, queue.enqueue, events)
    logNotices(notices, events)
  }
}

/** The log of the provider `log`. */
export const logLine =
  ({ log }: Pick<Base, 'log'>) =>
  (line: object) =>
    log.info(line, 'a message of the channel log')
