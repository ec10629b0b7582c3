import { skip, toDecision, type Verdict } from '../domain/decision.ts'
import { type DecisionSet, toSet } from '../domain/decision-set.ts'
import { HELD_FOR } from '../domain/delivery.ts'
import { newId } from '../domain/id.ts'
import { placeSkip, placesOn } from '../routing/rules.ts'
import type { Channel, Place, RoutingContext, Standing } from '../routing/standing.ts'
import type { Batch, Routed } from './batch.ts'
import { planShared } from './decide-shared.ts'
import type { HubNow, InQueue, Plan, PlannedDecision } from './plan.ts'

/** Recipients and addresses that another event or batch reached first. */
interface Earlier {
  /** Recipients that another event with the same dedup key has already notified. */
  duplicates: ReadonlySet<string>
  /** Addresses that this event already reaches: an address gets each event once. */
  reachedAddresses: ReadonlySet<string>
}

/** The rows of a batch: notifications of users, deliveries queued or held, decisions that need a row. Pure except for the ids that it makes. */
export function layOut(batch: Batch, context: RoutingContext, routed: readonly Routed[], shared: readonly PlannedDecision[], earlier: Earlier): Plan {
  const { event, entry, hub, excluded, ended = [], now } = batch
  const plan: Plan = { event, entry, notifications: [], deliveries: [], decisions: [] }
  const reached = new Set(earlier.reachedAddresses)
  const setOf = createSets()
  if (excluded) plan.decisions.push({ recipient: excluded.id, ...toDecision(null, skip('actor_excluded')) })
  for (const { id } of ended) plan.decisions.push({ recipient: id, ...toDecision(null, skip('user_inactive')), detail: 'deleted after the event was reported' })
  for (const one of routed) layOutOne(one)
  const forShared = planShared(event, shared, earlier.duplicates, now)
  plan.deliveries.push(...forShared.deliveries)
  plan.decisions.push(...forShared.decisions)
  return plan

  function layOutOne({ member: { id: recipient, kind }, standing, channels, whole, verdicts }: Routed): void {
    const skipped = whole ?? (earlier.duplicates.has(recipient) ? ({ decision: 'skip', reason: 'duplicate', detail: event.dedupKey ?? '' } as const) : null)
    if (skipped !== null) {
      plan.decisions.push({ recipient, ...toDecision(null, skipped) })
      return
    }
    // A bare address has no inbox, so its decisions are rows.
    const notificationId = kind === 'user' ? newId('ntf', now) : null
    const decided = verdicts.map((verdict, i) => {
      if (verdict.decision === 'skip') return verdict
      const channel = channels[i]!
      const used = usablePlaces(standing, channel, context, reached)
      for (const one of used.leftOut) plan.decisions.push({ recipient, ...one })
      for (const place of used.places) {
        reached.add(place.addressHash)
        plan.deliveries.push({
          id: newId('dlv', now),
          notificationId,
          recipient,
          channel: channel.name,
          destinationId: place.id,
          addressHash: place.addressHash,
          ...placeInQueue(verdict, channel, place, hub),
        })
      }
      return used.instead ?? verdict
    })
    if (notificationId === null) plan.decisions.push(...decided.map((verdict, i) => ({ recipient, ...toDecision(channels[i]!.name, verdict) })))
    else
      plan.notifications.push({
        id: notificationId,
        userId: recipient,
        decisions: setOf(channels, decided),
        visible: decided.some(({ decision }, i) => decision === 'deliver' && channels[i]!.name === 'in_app'),
      })
  }
}

function placeInQueue(verdict: Exclude<Verdict, { decision: 'skip' }>, channel: Channel, place: Place, hub: HubNow): InQueue {
  switch (verdict.decision) {
    case 'deliver':
      return { state: 'queued', connectionId: hub.connectionFor(channel.name, place.provider) }
    case 'hold':
      return { state: 'held', heldFor: HELD_FOR[verdict.reason], heldUntil: verdict.until }
  }
}

/** The places of a channel that is not skipped. Each place that is left out has its reason; when all are left out, `instead` is the verdict on the channel. */
function usablePlaces(
  standing: Standing,
  channel: Channel,
  context: RoutingContext,
  reached: ReadonlySet<string>,
): { places: readonly Place[]; leftOut: readonly Omit<PlannedDecision, 'recipient'>[]; instead?: Verdict } {
  const known = placesOn(standing, channel)
  const whyNot = (place: Place) => placeSkip(place, channel, context) ?? (reached.has(place.addressHash) ? 'duplicate' : null)
  if (known.every((place) => whyNot(place) === null)) return { places: known, leftOut: [] }
  const leftOut = known.flatMap((place) => {
    const reason = whyNot(place)
    return reason === null ? [] : [{ ...toDecision(channel.name, skip(reason)), ...(place.label !== undefined && { detail: place.label }) }]
  })
  if (leftOut.length < known.length) return { places: known.filter((place) => whyNot(place) === null), leftOut }
  // If one of the places was reached already, the recipient was notified.
  const { reason } = leftOut.find((one) => one.reason === 'duplicate') ?? leftOut[0]!
  return { places: [], leftOut: [], instead: skip(reason) }
}

/** `toSet` for people with the same channels. Most of them get the same decisions, and the text is expensive to make and to look up. */
function createSets(): (channels: readonly Channel[], verdicts: readonly Verdict[]) => DecisionSet {
  const known: { verdicts: readonly Verdict[]; set: DecisionSet }[] = []
  return (channels, verdicts) => {
    const alike = known.find((one) => one.verdicts.every(({ decision, reason }, i) => decision === verdicts[i]!.decision && reason === verdicts[i]!.reason))
    if (alike !== undefined) return alike.set
    const set = toSet(channels, verdicts)
    known.push({ verdicts, set })
    return set
  }
}
