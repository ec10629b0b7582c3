import type { Priority, Severity } from '../../domain/event-type.ts'
import type { Message } from '../../domain/message.ts'
import { MINUTE, SECOND } from '../../domain/time.ts'

/** `medium` is the default, so the severity decides; any other priority was chosen explicitly. */
export const rank = <Level>(
  { priority, severity }: Pick<Message, 'priority' | 'severity'>,
  chosen: Record<Exclude<Priority, 'medium'>, Level>,
  bySeverity: Record<Severity, Level>,
): Level => (priority === 'medium' ? bySeverity[severity] : chosen[priority])

/** The scale that Pushover, Prowl and Join share: -2 silent, -1 quiet, 0 normal, 1 high, 2 emergency. */
export const fivefold = (message: Message): number =>
  rank(message, { low: -1, high: 1, urgent: 2 }, { debug: -2, info: 0, success: 0, warning: 1, error: 1, critical: 2 })

/** Apple's interruption levels of a notification. */
export const interruption = (message: Pick<Message, 'priority' | 'severity'>): 'passive' | 'active' | 'timeSensitive' =>
  rank(
    message,
    { low: 'passive', high: 'timeSensitive', urgent: 'timeSensitive' },
    { debug: 'passive', info: 'active', success: 'active', warning: 'active', error: 'timeSensitive', critical: 'timeSensitive' },
  )

/** Waits between attempts: after an hour a push adds nothing to the inbox entry. */
export const PUSH_RETRIES = [10 * SECOND, 30 * SECOND, 2 * MINUTE, 7 * MINUTE, 20 * MINUTE, 30 * MINUTE]
