import type { EventReport, NotificationReport, Recipient, ReportOptions } from '@carillon/client'
import { PRIORITIES, SEVERITIES } from '../domain/event-type.ts'
import { UsageError } from './command.ts'
import { jsonOption, wordOption } from './options.ts'

/** The options of the report, for `parseArgs`. */
export const REPORT_OPTIONS = {
  type: { type: 'string' },
  title: { type: 'string' },
  body: { type: 'string' },
  data: { type: 'string' },
  to: { type: 'string', multiple: true },
  'to-topic': { type: 'string', multiple: true },
  'to-email': { type: 'string', multiple: true },
  'to-all': { type: 'boolean' },
  'to-rooms': { type: 'boolean' },
  channel: { type: 'string', multiple: true },
  severity: { type: 'string' },
  priority: { type: 'string' },
  actor: { type: 'string' },
  tag: { type: 'string', multiple: true },
  link: { type: 'string' },
  'dedup-key': { type: 'string' },
  'send-at': { type: 'string' },
  'expires-at': { type: 'string' },
} as const

type Given = {
  [Name in keyof typeof REPORT_OPTIONS]?: (typeof REPORT_OPTIONS)[Name] extends { multiple: true }
    ? string[]
    : (typeof REPORT_OPTIONS)[Name] extends { type: 'boolean' }
      ? boolean
      : string
}

/** An event when it has a type, else a message with title and body. The hub checks the rest. */
export function toReport(given: Given): EventReport | NotificationReport {
  const { type, title, body } = given
  const to = recipientsOf(given)
  if (to.length === 0 && !given['to-rooms']) throw new UsageError('the recipient is missing: --to, --to-topic, --to-email, --to-all or --to-rooms')
  const data = given.data === undefined ? {} : { data: jsonOption('data', given.data) }
  if (type !== undefined) {
    if (title !== undefined || body !== undefined) throw new UsageError('an event takes its texts from its type: omit --title and --body, or omit --type')
    return { type, to, ...data, ...optionsOf(given) }
  }
  if (title === undefined) throw new UsageError('the event is missing: --type for an event, or --title and --body for a message')
  return { title, body: body ?? '', to, ...data, ...optionsOf(given) }
}

const recipientsOf = (given: Given): Recipient[] => [
  ...(given.to ?? []),
  ...(given['to-topic'] ?? []).map((topic) => ({ topic })),
  ...(given['to-email'] ?? []).map((email) => ({ email })),
  ...(given['to-all'] ? [{ all: true } as const] : []),
]

function optionsOf(given: Given): ReportOptions {
  const options: ReportOptions = {}
  if (given.channel) options.channels = given.channel
  if (given.severity !== undefined) options.severity = wordOption('severity', given.severity, SEVERITIES)
  if (given.priority !== undefined) options.priority = wordOption('priority', given.priority, PRIORITIES)
  if (given.actor !== undefined) options.actor = given.actor
  if (given.tag) options.tags = given.tag
  if (given.link !== undefined) options.url = given.link
  if (given['dedup-key'] !== undefined) options.dedupKey = given['dedup-key']
  if (given['send-at'] !== undefined) options.sendAt = given['send-at']
  if (given['expires-at'] !== undefined) options.expiresAt = given['expires-at']
  return options
}
