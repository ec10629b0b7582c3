import type { AlikeRefusals, Refusal, TargetHealth } from '../domain/connection.ts'
import type { Millis } from '../domain/time.ts'
import { blockedAtOnce, noticed } from './health.ts'

/** So many different recipients in a row, refused alike and without a success in between: it is the connection. */
export const ALIKE = 5
export const ALIKE_RECIPIENTS = 20
/** Of them so many must come from others than the loudest reporter; else it is one voice. */
const OTHERS = 2
/** Destinations that a series remembers: one person may have any number of them. */
const REMEMBERED = 100

interface Refused {
  health: TargetHealth
  /** Deliveries of the series to be tried again: they were refused for a fault that was not theirs. */
  putBack: string[]
}

/**
 * Counts a refusal whose subject is not known. A recipient counts once, however often a message to it is retried and however many destinations
 * it has: one person must not block a connection for all. Another answer begins a new series. When the series is full the connection is blocked at
 * once, as nothing else is likely to be accepted.
 * Two kinds of answers block nothing, and from a full series on are retried instead of ending anything (`blameFor`); operators read of it:
 * - answers that name the recipient: a list with many old addresses is as likely as a server that knows nobody;
 * - answers to messages that one application or person reported, unless it `speaksForAll`: bad addresses of one must not hold the mail of the others. When
 *   others are refused alike as well, the connection is blocked after all.
 * Pure.
 */
export function refusedAlike(health: TargetHealth, refusal: Refusal, error: string, now: Millis, startedAt: Millis, speaksForAll = true): Refused {
  const { likeness, ofRecipient, delivery } = refusal
  const series = seriesOf(health, refusal)
  // It was in flight when the series became full, or another node did not know yet.
  if (series.blamed && (series.voice === undefined || series.voice === voiceOf(refusal))) return { health, putBack: ofRecipient ? [] : [delivery] }
  const refused = remembered(series, refusal)
  if (refused === null) return { health, putBack: [] }
  const recipients = new Set(refused.map(whose)).size
  if (recipients < (ofRecipient ? ALIKE_RECIPIENTS : ALIKE)) return { health: { ...health, alike: { ...series, refused } }, putBack: [] }
  const known = `Refused ${recipients} different recipients in a row with the same answer`
  const alike: AlikeRefusals = { likeness, refused, blamed: true }
  if (ofRecipient) {
    // Those of the series were switched off.
    return { health: { ...noticed(health, `${known}; until it accepts one, no further address is switched off: ${error}`, now), alike }, putBack: [] }
  }
  const putBack = refused.map((one) => one.delivery)
  const voice = oneVoice(refused)
  // Blamed on that voice already: one more of the others may have a reason of its own.
  if (voice !== null && series.blamed) return { health: { ...health, alike: { ...series, refused } }, putBack: [] }
  if (voice !== null && !speaksForAll) {
    const sentence = `${known}, all reported by ${voice || 'the hub itself'}; messages of others go on, and theirs are tried again: ${error}`
    return { health: { ...noticed(health, sentence, now), alike: { ...alike, voice } }, putBack }
  }
  return { health: { ...blockedAtOnce(health, `${known}, so the connection is taken to be at fault: ${error}`, now, startedAt), alike }, putBack }
}

/** Who has to be asked for (`speaksForAll`) before this refusal is counted: it fills a series that one reporter brought about. Null: nobody. */
export function oneVoiceIn(health: TargetHealth, refusal: Refusal): { voice: string; recipients: string[] } | null {
  const series = seriesOf(health, refusal)
  const refused = refusal.ofRecipient || series.blamed ? null : remembered(series, refusal)
  if (refused === null) return null
  const recipients = [...new Set(refused.map(whose))]
  const voice = oneVoice(refused)
  return voice === null || recipients.length < ALIKE ? null : { voice, recipients }
}

const seriesOf = ({ alike }: TargetHealth, { likeness }: Refusal): AlikeRefusals =>
  alike?.likeness === likeness ? alike : { likeness, refused: [], blamed: false }

/** The series with this refusal; null when it adds nothing. */
function remembered({ refused }: AlikeRefusals, { destination, recipient, delivery, event, reporter }: Refusal): AlikeRefusals['refused'] | null {
  if (refused.some((one) => one.destination === destination)) return null
  const entry = { destination, ...(recipient !== undefined && { recipient }), delivery, event, ...(reporter !== undefined && { reporter }) }
  if (refused.length >= REMEMBERED && refused.some((one) => whose(one) === whose(entry))) return null
  return [...refused, entry]
}

/** The reporter of nearly all recipients of a series; null when enough of them are of others. Empty: the hub itself. */
function oneVoice(refused: AlikeRefusals['refused']): string | null {
  const byVoice = Object.entries(Object.groupBy(refused, voiceOf)).map(([voice, theirs = []]) => ({ voice, recipients: new Set(theirs.map(whose)).size }))
  const [loudest, ...rest] = byVoice.sort((a, b) => b.recipients - a.recipients)
  return loudest === undefined || rest.reduce((sum, { recipients }) => sum + recipients, 0) >= OTHERS ? null : loudest.voice
}

const voiceOf = ({ reporter = '' }: { reporter?: string }): string => reporter
const whose = ({ recipient, destination }: { recipient?: string; destination: string }): string => recipient ?? destination
