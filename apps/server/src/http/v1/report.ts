import type { EventReport as Body, NotificationReport, Recipient } from '@carillon/client'
import type { Audience, UserProfile } from '../../domain/event.ts'
import type { EventReport } from '../../domain/report.ts'

/** The report as the pipeline takes it. Its shape is already checked, so nothing is refused here: one item of a batch must not refuse the others. */
export function toReport({ to, data, sendAt, expiresAt, ...rest }: Body): EventReport {
  const report: EventReport = { ...rest, to: to.map(toAudience), data: data ?? {} }
  if (sendAt !== undefined) report.sendAt = Date.parse(sendAt)
  if (expiresAt !== undefined) report.expiresAt = Date.parse(expiresAt)
  return report
}

/** A message without an event type is an event of the built-in type `message`. */
export const toMessageReport = ({ title, body, data, ...rest }: NotificationReport): EventReport =>
  toReport({ ...rest, type: 'message', data: { title, body, ...(data === undefined ? {} : { data }) } })

function toAudience(entry: Recipient): Audience {
  if (typeof entry === 'string') return { kind: 'user', id: entry }
  if ('user' in entry) return toUser(entry)
  if ('topic' in entry) return { kind: 'topic', key: entry.topic }
  if ('email' in entry) return { kind: 'address', ...entry }
  return { kind: 'all' }
}

export function toUser({ user, ...profile }: { user: string } & UserProfile): Audience & { kind: 'user' } {
  for (const _ in profile) return { kind: 'user', id: user, profile }
  return { kind: 'user', id: user }
}
