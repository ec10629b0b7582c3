import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Claimed, Job, Person } from '../delivery/job.ts'
import type { Event } from '../domain/event.ts'
import { isId } from '../domain/id.ts'
import type { Reported, Stored } from '../domain/report.ts'
import type { Clock } from '../domain/time.ts'
import type { Pump } from '../flow/pump.ts'
import type { Member } from '../recipients/member.ts'
import { type Resolved, resolve } from '../recipients/resolve.ts'
import { type Directory, walk } from '../recipients/walk.ts'
import type { Standing } from '../routing/standing.ts'
import type { Loaded } from './deliver.ts'
import type { HubNow, Plan, PlannedDelivery } from './plan.ts'
import { type PartClaims, planParts } from './plan-parts.ts'
import { createWeight } from './weight.ts'

/** People whom a group of events names, read once for deciding and for sending. */
export interface Met {
  standings(eventType: string): ReadonlyMap<string, Standing>
  person(recipient: string): Person
}

/** The transaction of a group of reports: all of it is stored, or nothing. */
export interface StoringTransaction {
  /** Claims the idempotency keys of the group; one result for each report, in order. */
  claimKeys(group: readonly Reported[]): Promise<Stored[]>
  /** Stores events, each with a task that plans it. */
  store(events: Event[]): Promise<void>
}

/** The same where some of them are planned: this process may lease their deliveries. */
export interface AcceptingTransaction extends StoringTransaction, Directory, PartClaims {
  /** Of these bare addresses (`adr_…`), those that are a user's own confirmed address, with that user. */
  owners(addressIds: string[]): Promise<ReadonlyMap<string, string>>
  /** Reads these people ahead, beside other statements: most of them are known. `events`: how many may be stored. */
  read(members: readonly Member[], eventTypes: readonly string[], events: number): Promise<void>
  /** Creates or updates the people that the events name. Reads again only what changed. */
  meet(members: readonly Member[], eventTypes: readonly string[]): Promise<Met>
  /** Stores events with all rows of their plans. */
  storePlanned(plans: readonly Plan[]): Promise<void>
}

export interface KeepParts {
  storing<T>(run: (tx: StoringTransaction) => Promise<T>): Promise<T>
  accepting<T>(run: (tx: AcceptingTransaction) => Promise<T>): Promise<T>
  catalogue: Catalogue
  hub(): HubNow
  /** After the commit. */
  planned(plans: readonly Plan[]): void
  /** Whether this process plans: one that only accepts leaves it to the others. */
  isPlanner(): boolean
  toJob(loaded: Loaded): Job
  pump: Pick<Pump, 'reserve' | 'unreserve' | 'hand' | 'handBack'>
  isStorageFailure(error: unknown): boolean
  /** `meanwhile`: what happens to the events. */
  failed(what: string, error: unknown, meanwhile: string): void
  clock: Clock
}

/** People that an event may name to be planned at once, and shared connections that may listen. More of them would hold up the group of its report. */
const MOST = 25
/** People and shared connections for which one transaction plans: SQLite holds the event loop meanwhile. What a batch has beyond them becomes tasks. */
const TOGETHER = 250

/**
 * Commits a group of reports. An event that names its people is planned in the transaction that stores it, and its deliveries skip the queue
 * where nothing waits before them. An event with a topic, or for later, becomes a task.
 */
export function createKeep(parts: KeepParts) {
  const { pump, clock } = parts

  return async function keep(group: Reported[]): Promise<Stored[]> {
    const hub = parts.hub()
    const named = parts.isPlanner() && hub.shared.length <= MOST ? namedIn(group, createWeight(parts.catalogue, hub)) : NONE
    if (named.size === 0) return store(group)
    try {
      return await plan(group, named, hub)
    } catch (error) {
      // Each report of a group is tried alone by the caller: only the one that cannot be planned becomes a task.
      if (group.length > 1 || parts.isStorageFailure(error)) throw error
      // The task is tried again, and ends by itself if the fault stays.
      parts.failed('planning at acceptance', error, 'its events are planned by tasks instead, and nothing is lost')
      return store(group)
    }
  }

  function store(group: Reported[]): Promise<Stored[]> {
    return parts.storing(async (tx) => {
      const stored = await tx.claimKeys(group)
      await tx.store(newEvents(group, stored))
      return stored
    })
  }

  async function plan(group: Reported[], named: ReadonlySet<Event>, hub: HubNow): Promise<Stored[]> {
    const reserved: Claimed[] = []
    const { stored, plans, met } = await inOne(group, named, hub, reserved).catch((error: unknown) => {
      pump.unreserve(reserved)
      throw error
    })
    // All is stored: nothing of it is tried again.
    try {
      parts.planned(plans)
    } catch (error) {
      parts.failed('telling of what was planned', error, 'all of it is stored, and its deliveries are sent')
    }
    handOver(reserved, met, plans)
    return stored
  }

  /** The transaction: claims keys, plans, and stores all of it. Deliveries that skip the queue are added to `reserved`. */
  function inOne(group: Reported[], named: ReadonlySet<Event>, hub: HubNow, reserved: Claimed[]) {
    return parts.accepting(async (tx) => {
      // The transaction may be run again after a rollback.
      pump.unreserve(reserved.splice(0))
      const [stored, walked] = await bothEnded(tx.claimKeys(group), readNamed(tx, [...named], eventsIn(group)))
      const events = newEvents(group, stored)
      const tasks = events.filter((event) => !named.has(event))
      if (tasks.length > 0) await tx.store(tasks)
      const kept = new Set(events)
      const { plans, met } = await planNamed(
        tx,
        walked.filter(({ event }) => kept.has(event)),
        hub,
      )
      const leased = plans.map((one) => leasedWherePossible(one, reserved))
      await tx.storePlanned(leased)
      return { stored, plans: leased, met }
    })
  }

  /** The people of these events, each once per event; what is known of them is read. */
  async function readNamed(tx: AcceptingTransaction, events: Event[], all: number): Promise<Named[]> {
    const pages = await Promise.all(events.map(async (event) => ({ event, members: (await walk(event.to, null, MOST + 1, tx)).members })))
    const bare = pages.flatMap(({ members }) => members.flatMap(({ kind, id }) => (kind === 'address' ? [id] : [])))
    const owners = bare.length === 0 ? NO_OWNERS : await tx.owners(bare)
    const walked = pages.map(({ event, members }) => ({ event, ...resolve(members, owners, event.actor) }))
    await tx.read(membersOf(walked), typesOf(walked), all)
    return walked
  }

  async function planNamed(tx: AcceptingTransaction, walked: Named[], hub: HubNow): Promise<{ plans: Plan[]; met: Met }> {
    const met = await tx.meet(membersOf(walked), typesOf(walked))
    // All people of an event are in one part: whom it reaches twice is seen there.
    const all = walked.map((one) => ({ ...one, standings: met.standings(one.event.type), first: true, repeats: false }))
    return { plans: await planParts(all, { catalogue: parts.catalogue, hub, now: clock() }, tx), met }
  }

  function leasedWherePossible(plan: Plan, reserved: Claimed[]): Plan {
    const lease = (delivery: PlannedDelivery): PlannedDelivery => {
      // The badge of a device is counted when its delivery is claimed.
      if (delivery.state !== 'queued' || isId('dev', delivery.destinationId)) return delivery
      const claimed = claimedFrom(plan.event, delivery, delivery.connectionId)
      if (!pump.reserve({ ...claimed, urgent: plan.event.priority === 'urgent' })) return delivery
      reserved.push(claimed)
      return { ...delivery, state: 'sending' }
    }
    return plan.deliveries.length === 0 ? plan : { ...plan, deliveries: plan.deliveries.map(lease) }
  }

  function claimedFrom(
    { id: eventId, expiresAt }: Event,
    { id, notificationId, recipient, channel, destinationId }: PlannedDelivery,
    connectionId: string,
  ): Claimed {
    return {
      id,
      eventId,
      notificationId,
      recipient,
      channel,
      destinationId,
      connectionId,
      lease: 1,
      attempts: 1,
      attemptsBefore: 0,
      crashes: 0,
      expiresAt,
      createdAt: clock(),
    }
  }

  /** Each job is made by itself: rules of packs may throw. One that cannot be made is queued again, and read again with others. */
  function handOver(reserved: readonly Claimed[], met: Met, plans: readonly Plan[]): void {
    const events = new Map(plans.map(({ event }) => [event.id, event]))
    const jobs: Job[] = []
    for (const claimed of reserved)
      try {
        const event = events.get(claimed.eventId)!
        const { recipient } = claimed
        const standing = met.standings(event.type).get(recipient) ?? null
        jobs.push(parts.toJob({ claimed, event, person: standing === null ? {} : met.person(recipient), standing }))
      } catch (error) {
        parts.failed('handing over', error, 'its delivery is stored, and is read again in some seconds')
        pump.handBack([claimed])
      }
    pump.hand(jobs)
  }
}

interface Named extends Resolved {
  event: Event
}

/** The events of a group that are planned when they are stored. */
function namedIn(group: readonly Reported[], weight: (event: Event) => number): Set<Event> {
  const named = new Set<Event>()
  let sum = 0
  for (const { events } of group)
    for (const event of events) {
      if (!isNamed(event)) continue
      sum += weight(event)
      if (sum > TOGETHER) return named
      named.add(event)
    }
  return named
}

const isNamed = ({ sendAt, to }: Event): boolean => sendAt === null && to.length <= MOST && to.every(({ kind }) => kind === 'user' || kind === 'address')

const NONE: ReadonlySet<Event> = new Set()
const membersOf = (walked: readonly Named[]): Member[] => walked.flatMap(({ members }) => members)
const typesOf = (walked: readonly Named[]): string[] => [...new Set(walked.map(({ event }) => event.type))]
/** Both, once both have ended: nothing may still be asked of a transaction that is rolled back. */
async function bothEnded<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other])
  return [await one, await other]
}

const newEvents = (group: readonly Reported[], stored: readonly Stored[]): Event[] =>
  group.flatMap(({ events }, i) => (stored[i]!.kind === 'stored' ? events : []))
const eventsIn = (group: readonly Reported[]): number => group.reduce((sum, { events }) => sum + events.length, 0)
const NO_OWNERS: ReadonlyMap<string, string> = new Map()
