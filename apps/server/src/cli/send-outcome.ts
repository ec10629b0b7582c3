import { setTimeout as pause } from 'node:timers/promises'
import type { Client, Decision, DeliveryState, DeliverySummary, EventState } from '@carillon/client'
import { decisionLine } from './decision-line.ts'
import { table } from './table.ts'

export interface Outcome {
  id: string
  state: EventState
  /** `waiting`: some deliveries had not ended within the timeout. */
  result: 'done' | 'failed' | 'waiting'
  deliveries: DeliverySummary[]
  trace: Decision[]
}

/** States of unfinished deliveries, and of failed ones. */
const UNDER_WAY: DeliveryState[] = ['held', 'queued', 'sending']
export const BAD_STATES: readonly DeliveryState[] = ['bounced', 'complained', 'failed', 'expired']
const LOOK_MS = 50

/** Polls the event until all of it has ended, at most for `seconds`. Returns the first 200 deliveries. */
export async function outcomeOf({ events, deliveries }: Pick<Client, 'events' | 'deliveries'>, id: string, seconds: number): Promise<Outcome> {
  /** Queries by state: an event may have a hundred thousand deliveries. */
  async function has(states: readonly DeliveryState[]): Promise<boolean> {
    for (const status of states) if ((await deliveries.list({ event: id, status, limit: 1 })).items.length > 0) return true
    return false
  }

  for (let looks = Math.ceil((seconds * 1000) / LOOK_MS); ; looks--) {
    const { state } = await events.get(id)
    const decided = state !== 'accepted' && state !== 'scheduled'
    // Asked twice: between two queries a delivery may go from a state that is still to be asked to one that was asked.
    const ended = decided && !(await has(UNDER_WAY)) && !(await has(UNDER_WAY))
    if (ended || looks <= 0) {
      const trace: Decision[] = []
      for await (const decision of events.decisions(id, { limit: 200 })) trace.push(decision)
      const failed = state === 'failed' || (await has(BAD_STATES))
      return { id, state, result: failed ? 'failed' : ended ? 'done' : 'waiting', deliveries: (await events.get(id)).deliveries, trace }
    }
    await pause(LOOK_MS)
  }
}

export function tellOutcome({ id, state, result, deliveries, trace }: Outcome): string {
  const why = { done: '', failed: ' Not everything arrived.', waiting: ' Not everything had ended within the timeout.' }[result]
  const rows = deliveries.map((one) => [one.recipient, one.channel, one.state, String(one.attempts), one.error ?? one.heldFor ?? ''])
  return [
    `${id} is ${state}.${why}`,
    rows.length === 0 ? 'No delivery was planned.' : table(['RECIPIENT', 'CHANNEL', 'STATE', 'ATTEMPTS', 'REMARK'], rows),
    ['What was decided:', ...told(trace).map((line) => `  ${line}`)].join('\n'),
  ].join('\n\n')
}

/** One line for all channels with the same decision for a recipient: most of the thirty are unused. */
function told(trace: readonly Decision[]): string[] {
  const alike = Map.groupBy(trace, ({ user, address, connection, decision, reason, detail }) =>
    JSON.stringify([user, address, connection, decision, reason, detail]),
  )
  return [...alike.values()].map((group) => decisionLine({ ...group[0]!, channel: group.flatMap(({ channel }) => channel ?? []).join(', ') || null }))
}
