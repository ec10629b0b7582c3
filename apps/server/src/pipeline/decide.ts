import type { CatalogueEntry } from '../catalogue/catalogue.ts'
import type { Verdict } from '../domain/decision.ts'
import { deliver } from '../domain/decision.ts'
import type { Event } from '../domain/event.ts'
import type { Millis } from '../domain/time.ts'
import type { Member } from '../recipients/member.ts'
import { recipientSkip, route } from '../routing/route.ts'
import { type Channel, isForOnePlace, type Moment, narrowed, placeNow, type RoutingContext, type Standing, standingAt } from '../routing/standing.ts'
import type { Batch, Routed } from './batch.ts'
import { decideShared } from './decide-shared.ts'
import { layOut } from './lay-out.ts'
import type { Plan, RulesNow } from './plan.ts'

/** Recipients for whom an event wants its dedup key: none where it has no key. */
export interface Wanted {
  event: Pick<Event, 'id' | 'type' | 'dedupKey'>
  recipients: readonly string[]
}

/** Checks that are only possible inside the transaction, because another event or batch may have been first. */
export interface Claims {
  /** Claims the dedup keys of these events, the first of the list first; returns for each the recipients for whom another event holds its key. */
  claimDedup(wanted: readonly Wanted[]): Promise<ReadonlySet<string>[]>
  /** Of these addresses, those that the event already reaches. */
  reached(eventId: string, addressHashes: string[]): Promise<Set<string>>
}

/**
 * From recipients to decisions and deliveries, in this order: route each one once, claim the dedup key for those who are notified, find the
 * addresses that the event already reaches, lay out the rows. Fan-out and `/v1/explain` both call this. The keys of all batches are claimed at once:
 * two transactions that claim theirs in steps could each wait for the other.
 */
export async function decide(batches: readonly Batch[], { claimDedup, reached }: Claims): Promise<Plan[]> {
  const all = batches.map(routeAll)
  const wanted = all.map(({ batch: { event }, told }) => ({ event, recipients: event.dedupKey === null ? [] : told }))
  const heldByOthers = wanted.some(({ recipients }) => recipients.length > 0) ? await claimDedup(wanted) : []
  const plans: Plan[] = []
  for (const [i, { batch, context, routed, shared }] of all.entries()) {
    const reachedAddresses = batch.metBefore ? await reached(batch.event.id, addressesOf(routed)) : NOBODY
    plans.push(layOut(batch, context, routed, shared, { duplicates: heldByOthers[i] ?? NOBODY, reachedAddresses }))
  }
  return plans
}

function routeAll(batch: Batch) {
  const { event, entry, hub, members, standings, now } = batch
  const context = contextOf(batch)
  const byMail = hub.channels.filter(({ name }) => name === 'email')
  const routed = members.map((member) =>
    routeMember(member, narrowed(standings.get(member.id)!, event.place), member.kind === 'address' ? byMail : hub.channels, context),
  )
  const shared = batch.withShared ? decideShared(event, entry, hub.shared, hub.channels, now) : []
  // A skipped recipient claims no dedup key: otherwise a later event with the same key could not notify them when the reason no longer applies.
  const told = [
    ...routed.filter(isTold).map(({ member }) => member.id),
    ...shared.filter(({ decision }) => decision !== 'skip').map(({ recipient }) => recipient),
  ]
  return { batch, context, routed, shared, told }
}

/** The same rules for one planned delivery: when its hold ends, and again when its attempt begins. A manual retry lifts the expiry, so that is not checked. */
export function decideAgain(
  moment: Exclude<Moment, 'plan'>,
  given: {
    event: Event
    entry: CatalogueEntry
    standing: Standing
    channel: string
    destinationId: string
    hub: RulesNow
    now: Millis
  },
): Verdict {
  const { standing, destinationId } = given
  const channel = given.hub.channels.find(({ name }) => name === given.channel)
  // Another version may have planned a channel that this version does not know.
  if (channel === undefined) return deliver('routed')
  const onePlace = isForOnePlace(given.event, given.entry.eventType)
  const context = { ...contextOf(given), onePlace, expiresAt: null }
  const there = standingAt(standing, channel.name, placeNow(standing, channel.name, destinationId, onePlace))
  return recipientSkip(there, context) ?? route(there, channel, context, moment)
}

const contextOf = ({ event, entry, hub, now }: Pick<Batch, 'event' | 'entry' | 'now'> & { hub: RulesNow }): RoutingContext => ({
  eventType: entry.eventType,
  requested: event.channels,
  onePlace: event.place !== null,
  expiresAt: event.expiresAt,
  logOnly: hub.logOnly,
  timeRules: hub.timeRules,
  now,
})

function routeMember(member: Member, standing: Standing, channels: readonly Channel[], context: RoutingContext): Routed {
  const whole = recipientSkip(standing, context)
  return { member, standing, channels, whole, verdicts: whole === null ? channels.map((channel) => route(standing, channel, context, 'plan')) : [] }
}

const isTold = ({ verdicts }: Routed): boolean => verdicts.some(({ decision }) => decision !== 'skip')

/** The addresses that the event is about to reach. */
function addressesOf(routed: readonly Routed[]): string[] {
  const hashes: string[] = []
  for (const { standing, channels, verdicts } of routed)
    for (const [i, { decision }] of verdicts.entries())
      if (decision !== 'skip') for (const { addressHash } of standing.places.get(channels[i]!.name) ?? []) hashes.push(addressHash)
  return hashes
}

const NOBODY: ReadonlySet<string> = new Set()
