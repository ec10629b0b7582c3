import type { Decision } from '@carillon/client'

const VERBS: Record<Decision['decision'], string> = { deliver: 'goes out', hold: 'held', skip: 'skipped' }

/** One decision as text: `ben · email · skipped: route_off`. */
export function decisionLine({ user, address, connection, channel, decision, reason, detail }: Decision, nameOf: (id: string) => string = (id) => id): string {
  const who = nameOf(user ?? address ?? connection ?? '')
  const why = detail === null ? reason : `${reason} (${detail})`
  return [who, ...(channel === null ? [] : [channel]), `${VERBS[decision]}: ${why}`].join(' · ')
}
