import type { Decision } from '@carillon/client'

const VERBS: Record<Decision['decision'], string> = { deliver: 'goes out', hold: 'held', skip: 'skipped' }

/** One decision as text: `ben · email · skipped: route_off`. */
export function decisionLine({ user, address, connection, channel, decision, reason, detail }: Decision, nameOf: (id: string) => string = (id) => id): string {
  const who = nameOf(user ?? address ?? connection ?? '')
  return [who, ...(channel === null ? [] : [channel]), verdictLine({ decision, reason, detail })].join(' · ')
}

/** The verdict alone: `skipped: route_off`. */
export const verdictLine = ({ decision, reason, detail }: Pick<Decision, 'decision' | 'reason' | 'detail'>): string =>
  `${VERBS[decision]}: ${detail === null ? reason : `${reason} (${detail})`}`
