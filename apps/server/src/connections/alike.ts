import type { AlikeRefusals, Refusal, TargetHealth } from '../domain/connection.ts'
import type { Millis } from '../domain/time.ts'
import { blockedAtOnce, failed } from './health.ts'

/** So many different recipients in a row, refused alike and without a success in between: it is the connection. */
export const ALIKE = 5
export const ALIKE_RECIPIENTS = 20
/** Destinations that a series remembers: one person may have any number of them. */
const REMEMBERED = 100

/**
 * Counts a refusal whose subject is not known. A recipient counts once, however often a message to it is retried and however many destinations
 * it has: one person must not block a connection for all. Another answer begins a new series. When the series is full the connection is blocked at
 * once, as nothing else is likely to be accepted. `putBack`: the deliveries of the series, which were refused for a fault that was not theirs.
 * Answers that name the recipient block nothing: a list with many old addresses is as likely as a server that knows nobody, and mail to others must
 * not wait for it. From a full series on they are retried instead of ending anything (`blameFor`), and operators read of it. Pure.
 */
export function refusedAlike(
  health: TargetHealth,
  refusal: Refusal,
  error: string,
  now: Millis,
  startedAt: Millis,
): { health: TargetHealth; putBack: string[] } {
  const { likeness, ofRecipient, destination, recipient, delivery, event } = refusal
  const series: AlikeRefusals = health.alike?.likeness === likeness ? health.alike : { likeness, refused: [], blamed: false }
  // It was in flight when the series became full, or another node did not know yet.
  if (series.blamed) return { health, putBack: ofRecipient ? [] : [delivery] }
  if (series.refused.some((one) => one.destination === destination)) return { health, putBack: [] }
  if (series.refused.length >= REMEMBERED && series.refused.some((one) => whose(one) === whose(refusal))) return { health, putBack: [] }
  const refused = [...series.refused, { destination, ...(recipient !== undefined && { recipient }), delivery, event }]
  const recipients = new Set(refused.map(whose)).size
  if (recipients < (ofRecipient ? ALIKE_RECIPIENTS : ALIKE)) return { health: { ...health, alike: { ...series, refused } }, putBack: [] }
  const alike: AlikeRefusals = { likeness, refused, blamed: true }
  const known = `Refused ${recipients} different recipients in a row with the same answer`
  if (ofRecipient) {
    const sentence = `${known}; until it accepts one, no further address is switched off: ${error}`
    // Those of the series were switched off.
    return { health: { ...failed(health, sentence, now, startedAt, now, 'refused'), alike }, putBack: [] }
  }
  const sentence = `${known}, so the connection is taken to be at fault: ${error}`
  return { health: { ...blockedAtOnce(health, sentence, now, startedAt), alike }, putBack: refused.map((one) => one.delivery) }
}

const whose = ({ recipient, destination }: { recipient?: string; destination: string }): string => recipient ?? destination
