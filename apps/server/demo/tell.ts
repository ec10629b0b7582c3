import { decisionLine } from '../src/cli/decision-line.ts'
import type { Arrival, Played } from './arrivals.ts'
import { fit, type Look, wrap } from './look.ts'
import { DEMO_CHANNELS, type DemoChannel, NAMES } from './plan.ts'

const COLUMNS: Record<DemoChannel, { head: string; width: number }> = {
  in_app: { head: 'inbox', width: 26 },
  email: { head: 'mail (subject)', width: 26 },
  webhook: { head: 'webhook (title)', width: 26 },
}
const WHO = 20

/** Person x channel for every event: the arrived text, or the reason for the skip. */
export function arrivalTable(played: readonly Played[], arrivals: readonly Arrival[], nameOf: (recipient: string) => string, look: Look): string {
  const head = `  ${fit('', WHO)}${DEMO_CHANNELS.map((channel) => fit(COLUMNS[channel].head, COLUMNS[channel].width)).join('')}`
  const lines = [look.faint(head.trimEnd())]
  for (const { id, report, promised, trace } of played) {
    lines.push(`  ${look.strong(report.type)}`)
    for (const [who, channels] of Object.entries(promised)) {
      const cells = DEMO_CHANNELS.map((channel) => {
        const { width } = COLUMNS[channel]
        const arrival = arrivals.find((one) => one.eventId === id && one.who === who && one.channel === channel)
        if (arrival !== undefined) return look.good(fit(`✓ ${arrival.text}`, width - 1))
        if (channels.includes(channel)) return look.bad(fit('✗ missing', width - 1))
        const decision = trace.find((one) => one.channel === channel && nameOf(one.user ?? one.address ?? '') === who)
        return look.faint(fit(decision === undefined ? '·' : `· ${decision.reason}`, width - 1))
      })
      lines.push(`  ${fit(NAMES[who] ?? who, WHO)}${cells.join(' ').trimEnd()}`)
    }
  }
  return lines.join('\n')
}

/** Every decision about one event in words; unconnected channels are only counted. */
export function traceInWords({ trace }: Played, nameOf: (recipient: string) => string, look: Look): string {
  const isOurs = ({ channel }: Played['trace'][number]) => channel === null || DEMO_CHANNELS.some((one) => one === channel)
  const lines = trace.filter(isOurs).map((decision) => {
    const line = decisionLine(decision, (recipient) => NAMES[nameOf(recipient)] ?? nameOf(recipient))
    return `  ${decision.decision === 'skip' ? look.faint(line) : line}`
  })
  const others = new Set(trace.filter((one) => !isOurs(one)).map(({ channel }) => channel))
  if (others.size > 0) lines.push(look.faint(`  and for each of them ${others.size} more channels · skipped: no_connection`))
  return lines.join('\n')
}

/** The beginning of a mail's text part, as a quotation. */
export const excerpt = (text: string): string => wrap(text.split('\n').slice(0, 8).join('\n'), 84, '  │ ')
