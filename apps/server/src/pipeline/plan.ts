import type { CatalogueEntry } from '../catalogue/catalogue.ts'
import type { Decision } from '../domain/decision.ts'
import type { Event } from '../domain/event.ts'
import { newId } from '../domain/id.ts'
import type { Member } from '../recipients/member.ts'
import type { Channel, Occasion, Place, Reach } from '../routing/reach.ts'
import { personSkip, route, routeChannel } from '../routing/route.ts'
import { placeSkip, placesOn } from '../routing/rules.ts'

/** A set of decisions that many people share, as it is interned: `in_app=deliver:routed email=skip:route_off`. */
export type DecisionSet = string

export interface PlannedNotification {
  id: string
  userId: string
  decisions: DecisionSet
  visible: boolean
}

export interface PlannedDelivery {
  id: string
  notificationId: string | null
  recipient: string
  channel: string
  destinationId: string
  addressHash: string
  connectionId: string
}

/** A decision with a row of its own: the recipient has no notification, or the detail is one person's. */
export type PlannedDecision = Decision & { recipient: string }

/** Everything that one batch of recipients of one event adds. */
export interface Plan {
  event: Event
  entry: CatalogueEntry
  notifications: PlannedNotification[]
  deliveries: PlannedDelivery[]
  decisions: PlannedDecision[]
}

export interface Batch {
  event: Event
  entry: CatalogueEntry
  occasion: Occasion
  members: readonly Member[]
  excluded: Member | null
  reaches: ReadonlyMap<string, Reach>
  /** Who was told the same fact (dedup key) by another event. */
  told: ReadonlySet<string>
  /** Addresses that this event reaches already: one address hears one event once. */
  taken: ReadonlySet<string>
  /** Which connection a channel's delivery is queued on; `provider` narrows for a device. */
  connectionFor(channel: string, provider?: string): string
}

/** Decides for every member of a batch. Pure but for the ids it makes. */
export function plan(batch: Batch): Plan {
  const { event, entry, occasion } = batch
  const result: Plan = { event, entry, notifications: [], deliveries: [], decisions: [] }
  const taken = new Set(batch.taken)
  const setOf = createSets()
  if (batch.excluded) result.decisions.push({ recipient: batch.excluded.id, channel: null, decision: 'skip', reason: 'actor_excluded' })

  for (const member of batch.members) {
    if (member.kind === 'address') planAddress(member, batch, taken, result)
    else planUser(batch.reaches.get(member.id)!, batch, taken, result)
  }
  return result

  function planUser(reach: Reach, { connectionFor }: Batch, taken: Set<string>, into: Plan): void {
    const skipped = skip(reach, batch)
    if (skipped !== null) {
      into.decisions.push({ recipient: reach.userId, ...skipped })
      return
    }
    const id = newId('ntf', occasion.now)
    const decisions = route(reach, occasion)
    for (const [i, decision] of decisions.entries()) {
      if (decision.decision !== 'deliver') continue
      const channel = occasion.channels[i]!
      const { places, skipped: left, decided } = placesOf(decision, reach, channel, occasion, taken)
      decisions[i] = decided
      for (const one of left) into.decisions.push({ recipient: reach.userId, ...one })
      for (const place of places) {
        taken.add(place.addressHash)
        into.deliveries.push({
          id: newId('dlv', occasion.now),
          notificationId: id,
          recipient: reach.userId,
          channel: channel.name,
          destinationId: place.id,
          addressHash: place.addressHash,
          connectionId: connectionFor(channel.name, place.provider),
        })
      }
    }
    into.notifications.push({
      id,
      userId: reach.userId,
      decisions: setOf(decisions),
      visible: decisions.some((d) => d.channel === 'in_app' && d.decision === 'deliver'),
    })
  }
}

/** Why a recipient hears nothing of the event, whatever their channels. */
function skip(reach: Reach, { event, occasion, told }: Batch): Decision | null {
  const duplicate: Decision = { channel: null, decision: 'skip', reason: 'duplicate', detail: event.dedupKey ?? '' }
  return personSkip(reach, occasion) ?? (told.has(reach.userId) ? duplicate : null)
}

/** A bare address hears by its own channel only, and has no inbox, so its decision is a row. */
function planAddress(member: Member & { kind: 'address' }, batch: Batch, taken: Set<string>, into: Plan): void {
  const { occasion } = batch
  const channel = addressChannel(occasion)
  if (channel === undefined) return
  const reach = addressReach(member.id)
  const place = addressPlace(member.id)
  const decision = skip(reach, batch) ?? placesOf(routeChannel(reach, channel, occasion), reach, channel, occasion, taken).decided
  into.decisions.push({ recipient: member.id, ...decision })
  if (decision.decision !== 'deliver') return
  taken.add(place.addressHash)
  into.deliveries.push({
    id: newId('dlv', occasion.now),
    notificationId: null,
    recipient: member.id,
    channel: channel.name,
    destinationId: member.id,
    addressHash: place.addressHash,
    connectionId: batch.connectionFor(channel.name),
  })
}

export const addressChannel = ({ channels }: Occasion): Channel | undefined => channels.find(({ name }) => name === 'email')

/** Where a bare address stands: it has no wishes. */
export const addressReach = (id: string): Reach => ({
  userId: id,
  active: true,
  places: new Map([['email', [addressPlace(id)]]]),
  routes: NONE,
  preferences: {},
})
const addressPlace = (id: string): Place => ({ id, addressHash: id.slice('adr_'.length), confirmed: true, gone: false })
const NONE: ReadonlyMap<string, boolean> = new Map()

/** Where a channel that is to deliver does. What is left out says why, place by place; when everything is, the channel is skipped. */
function placesOf(
  decision: Decision,
  reach: Reach,
  channel: Channel,
  occasion: Occasion,
  taken: ReadonlySet<string>,
): { places: readonly Place[]; skipped: readonly Decision[]; decided: Decision } {
  if (decision.decision !== 'deliver') return { places: [], skipped: [], decided: decision }
  const known = placesOn(reach, channel)
  const whyNot = (place: Place) => placeSkip(place, channel, occasion) ?? (taken.has(place.addressHash) ? 'duplicate' : null)
  if (known.every((place) => whyNot(place) === null)) return { places: known, skipped: [], decided: decision }
  const skipped = known.flatMap((place): Decision[] => {
    const reason = whyNot(place)
    return reason === null ? [] : [{ channel: channel.name, decision: 'skip', reason, ...(place.label !== undefined && { detail: place.label }) }]
  })
  if (skipped.length < known.length) return { places: known.filter((place) => whyNot(place) === null), skipped, decided: decision }
  // Who was told at one of their places was told.
  const { reason } = skipped.find((one) => one.reason === 'duplicate') ?? skipped[0]!
  return { places: [], skipped: [], decided: { channel: channel.name, decision: 'skip', reason } }
}

/** `toSet` for people who are asked about the same channels: most of them are decided alike, and a text is dear to make and to look up. */
function createSets(): (decisions: readonly Decision[]) => DecisionSet {
  const known: { decisions: readonly Decision[]; set: DecisionSet }[] = []
  return (decisions) => {
    const alike = known.find((one) => one.decisions.every(({ decision, reason }, i) => decision === decisions[i]!.decision && reason === decisions[i]!.reason))
    if (alike !== undefined) return alike.set
    const set = toSet(decisions)
    known.push({ decisions, set })
    return set
  }
}

export const toSet = (decisions: readonly Decision[]): DecisionSet => {
  let set = ''
  for (const { channel, decision, reason } of decisions) set += `${set === '' ? '' : ' '}${channel}=${decision}:${reason}`
  return set
}

/** The other way round, for the trace. */
export const fromSet = (set: DecisionSet): Decision[] =>
  set === ''
    ? []
    : set.split(' ').map((part) => {
        const [, channel, decision, reason] = /^(.+)=(\w+):(\w+)$/.exec(part) ?? []
        return { channel: channel ?? null, decision: decision as Decision['decision'], reason: reason as Decision['reason'] }
      })
