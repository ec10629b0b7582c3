import type { Decision, DeliverySummary, Event, Recipient } from '@carillon/client'
import { counted } from '../domain/counted.ts'
import { verdictLine } from './decision-line.ts'
import { BAD_STATES } from './send-outcome.ts'
import { table } from './table.ts'

/** What is known about an event and its recipients, or one of them. */
export interface Why {
  event: Event
  /** Null: all. */
  recipient: string | null
  decisions: readonly Decision[]
  deliveries: readonly DeliverySummary[]
  /** Names by id. */
  connections: ReadonlyMap<string, string>
  /** Why the hub sends nothing at all, when it does not and a delivery waits for that. */
  sendingHeld: string | null
}

/** Something failed, or nothing is known about the one who was asked for although everything was decided. */
export const wentWrong = ({ event, recipient, decisions, deliveries }: Why): boolean =>
  event.state === 'failed' ||
  deliveries.some(({ state }) => BAD_STATES.includes(state)) ||
  (recipient !== null && event.state === 'planned' && decisions.length === 0)

const STATES: Readonly<Record<Event['state'], string>> = {
  accepted: 'it waits for its decisions (a worker must run)',
  scheduled: 'it waits for its time',
  planned: 'every decision is stored',
  cancelled: 'it was cancelled',
  failed: 'it could not be planned and was given up; the log of the hub has the reason',
}

export function tellWhy(why: Why): string {
  const { event, recipient, decisions, deliveries, sendingHeld } = why
  const head = [
    `${event.id} ${event.type}`,
    `accepted ${event.acceptedAt} for ${event.to.map(audience).join(', ') || 'shared connections only'}`,
    `${event.state}: ${STATES[event.state]}${event.sendAt === null ? '' : `; to be sent at ${event.sendAt}`}`,
  ]
  if (decisions.length === 0) return [...head, '', nothing(why)].join('\n')
  const byRecipient = Map.groupBy(decisions, ({ user, address, connection }) => user ?? address ?? connection ?? '')
  // What goes out first: most channels of most people are skipped.
  const rows = [...byRecipient].flatMap(([who, some]) =>
    rowsOf(
      who,
      some.toSorted((a, b) => ORDER[a.decision] - ORDER[b.decision]),
      why,
    ),
  )
  const bad = deliveries.filter(({ state }) => BAD_STATES.includes(state)).length
  const verdict = `${counted(deliveries.length, 'delivery', 'deliveries')}, ${bad === 0 ? 'none' : bad} failed.`
  return [
    ...head,
    '',
    table(['RECIPIENT', 'CHANNEL', 'DECISION', 'DELIVERY'], rows),
    '',
    recipient === null || deliveries.length > 0 ? verdict : 'Nothing goes to this recipient.',
    ...(sendingHeld === null ? [] : [`Nothing is sent at present: ${sendingHeld}.`]),
  ].join('\n')
}

const ORDER: Readonly<Record<Decision['decision'], number>> = { deliver: 0, hold: 1, skip: 2 }

/** Channels that are named; thirty in one cell would push the rest off the screen. */
const NAMED = 3

const channelsOf = ({ channel, channels = [] }: Decision): string => {
  if (channel !== null) return channel
  if (channels.length === 0) return 'all channels'
  return channels.length <= NAMED + 1 ? channels.join(', ') : `${channels.slice(0, NAMED).join(', ')} and ${channels.length - NAMED} more`
}

function nothing({ event, recipient }: Why): string {
  if (event.state !== 'planned') return 'Nothing is decided yet.'
  if (recipient === null) return 'It has no recipient: no user, address or shared connection matched.'
  return `Nothing was decided about "${recipient}": it is not among the recipients of this event. Check the id, and the subscribers of its topics.`
}

/** One row for each decision, with the delivery that it led to; one more for each further delivery of the channel (several places). */
function rowsOf(who: string, decisions: readonly Decision[], { deliveries, connections }: Why): string[][] {
  const theirs = deliveries.filter(({ recipient }) => recipient === who)
  const name = connections.get(who)
  const called = name === undefined ? who : `${name} (${who})`
  return decisions.flatMap((decision) => {
    const channel = channelsOf(decision)
    const led = decision.decision === 'skip' ? [] : theirs.filter((one) => one.channel === decision.channel)
    const verdict = verdictLine(decision)
    if (led.length === 0) return [[called, channel, verdict, decision.decision === 'deliver' && decision.channel === 'in_app' ? 'in the inbox' : '-']]
    return led.map((delivery) => [called, channel, verdict, deliveryLine(delivery, connections)])
  })
}

/** `failed after 2 attempts through Office mail: 550 5.1.1 …`. */
function deliveryLine(
  { id, state, attempts, connection, error, heldFor, heldUntil, dueAt, finishedAt }: DeliverySummary,
  names: ReadonlyMap<string, string>,
): string {
  const through = connection === null ? '' : ` through ${names.get(connection) ?? connection}`
  const tries = attempts === 0 ? '' : ` after ${counted(attempts, 'attempt')}`
  const held = heldFor === null ? '' : ` for ${heldFor}${heldUntil === null ? '' : ` until ${heldUntil}`}`
  const when = state === 'queued' ? `, next at ${dueAt}` : state === 'sent' && finishedAt !== null ? ` at ${finishedAt}` : ''
  return `${state}${held}${tries}${through}${when}${error === null ? '' : `: ${error}`} (${id})`
}

function audience(one: Recipient): string {
  if (typeof one === 'string') return one
  return Object.entries(one)
    .flatMap(([kind, value]) => (typeof value === 'string' ? [kind === 'user' ? value : `${kind} ${value}`] : value === true ? [kind] : []))
    .join(' ')
}
