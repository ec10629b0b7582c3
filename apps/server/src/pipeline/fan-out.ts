import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Event } from '../domain/event.ts'
import { PRIORITIES } from '../domain/event-type.ts'
import type { StoredEvent } from '../domain/stored.ts'
import type { Task } from '../domain/task.ts'
import { type Clock, type Millis, SECOND } from '../domain/time.ts'
import { nextTurn } from '../flow/loop.ts'
import type { Walk } from '../flow/walks.ts'
import type { Member } from '../recipients/member.ts'
import { type Resolved, resolve } from '../recipients/resolve.ts'
import { type Directory, isInLists, type Page, walk } from '../recipients/walk.ts'
import type { Standing } from '../routing/standing.ts'
import type { HubNow, Plan } from './plan.ts'
import { type PartClaims, planParts } from './plan-parts.ts'

/** The reads that may also happen before the transaction that needs them. */
export interface PlanningReads extends Directory {
  /** Of these bare addresses (`adr_…`), those that are a user's own confirmed address, with that user. */
  owners(addressIds: string[]): Promise<ReadonlyMap<string, string>>
  /** The standings of these users and bare addresses, by event type. */
  standings(recipients: string[], eventTypes: string[]): Promise<(eventType: string) => ReadonlyMap<string, Standing>>
}

/** The part of the store that fan-out uses, all inside one transaction: either a batch is planned and the cursor moved, or nothing happened. */
export interface PlanningTransaction extends PlanningReads, PartClaims {
  /** Creates or updates the users that the events name; unknown users are created here. */
  upsertUsers(members: readonly Member[]): Promise<unknown>
  /** Of these ids, those whose user was deleted at `since` or later, with the last time. */
  deletedSince(userIds: readonly string[], since: Millis): Promise<ReadonlyMap<string, Millis>>
  write(plans: Plan[]): Promise<void>
  /** `cursor` null: every decision of the event is stored and its task is done. Returns the events that were not cancelled meanwhile. */
  progress(done: { event: Event; task: Task; cursor: string | null }[]): Promise<Set<string>>
}

export interface FanOutParts {
  catalogue: Catalogue
  hub(): HubNow
  planning<T>(run: (tx: PlanningTransaction) => Promise<T>): Promise<T>
  /** Reads beside a transaction; null where that saves no time. */
  reading: (<T>(run: (reads: PlanningReads) => Promise<T>) => Promise<T>) | null
  events(ids: string[]): Promise<Map<string, StoredEvent & { cursor: string | null }>>
  /** The task has no work (its event is cancelled or gone). */
  drop(tasks: Task[]): Promise<void>
  /** After the commit: notifies inboxes and the pump of the new rows. */
  planned(plans: readonly Plan[]): void
  stopping(): boolean
  clock: Clock
}

/** Recipients of one transaction, at most. Twice as many are a tenth quicker on PostgreSQL and hold the event loop for 30 ms. */
const BATCH = 250
const SMALLEST = 25
/** Milliseconds for which a transaction may hold the event loop: SQLite never yields during one. */
const HOLD = 10

type Going = { task: Task; event: Event; cursor: string | null; ahead?: Ahead }
/** A walk that is not at its end; `next` is the part that is being read for it. */
type Unfinished = Going & { next: Promise<Ahead | null> | null }

/** The next part of a long audience with the standings of its people, read while the part before it is written. */
interface Ahead {
  page: Page
  resolved: Resolved
  standings: ReadonlyMap<string, Standing>
  readAt: Millis
}

/** A part that was read longer ago is read again: another walk may have been more urgent. */
const FRESH = SECOND

/**
 * From events to decisions, in batches. Small events share a transaction. A topic of 100,000 is walked in chunks whose cursor is
 * stored with them, so that work goes on from there after a crash, and a re-run adds nothing. `walks.ts` decides which event is next.
 */
export function createFanOut(parts: FanOutParts) {
  /** Recipients of a chunk. Where most chunks take longer than `HOLD`, as many as fit into it. */
  let size = BATCH
  /** Walks for which the next part is being read, by task. */
  const underway = new Map<string, Unfinished>()

  return {
    /** Plans the events that name their recipients. Returns those that have to be walked, and those that it did not get to because the hub is stopping. */
    async plan(tasks: Task[]): Promise<Walk[]> {
      const going = await begin(tasks)
      const walks = going.filter(isWalked)
      let rest = going.filter((one) => !isWalked(one))
      while (rest.length > 0 && !parts.stopping()) {
        const batch = takeBatch(rest)
        rest = rest.slice(batch.length)
        // An event that names more people than fit into a batch is walked from there on.
        const left = await commit(batch)
        for (const one of left) underway.set(one.task.id, one)
        walks.push(...left)
      }
      return [...walks, ...rest].map(({ task, event }) => ({ task, priority: PRIORITIES.indexOf(event.priority) }))
    },

    /** Plans the next chunk of a long audience. Returns whether there is more of it. */
    async walk(task: Task): Promise<boolean> {
      const going = (await resume(task)) ?? (await begin([task]))[0]
      if (going === undefined) return false
      const began = performance.now()
      let turned = false
      setImmediate(() => {
        turned = true
      })
      const [rest] = await commit([going])
      if (rest !== undefined) underway.set(task.id, rest)
      // Where the event loop ran on meanwhile (PostgreSQL) the time does not measure how long it was held, and small chunks would only cost more.
      if (rest !== undefined && !turned) size = Math.min(BATCH, Math.max(SMALLEST, Math.round((size * HOLD) / (performance.now() - began))))
      return rest !== undefined
    },

    /** These tasks are no longer in hand: the next process that takes them starts from the stored cursor. */
    forget(tasks: readonly Task[]): void {
      for (const { id } of tasks) underway.delete(id)
    },
  }

  /** Resolves to null when the part could not be read, or the event has ended: then the walk begins with a look at the event. */
  function readAhead({ id, to, type, actor }: Event, cursor: string): Promise<Ahead | null> | null {
    if (parts.reading === null || !isInLists(to, cursor)) return null
    const reading = parts.reading(async (reads): Promise<Ahead | null> => {
      const page = await walk(to, cursor, size, reads)
      const resolved = resolve(page.members, await reads.owners(bareAddresses(page.members)), actor)
      const standingsOf = await reads.standings(ids(resolved.members), [type])
      const state = (await parts.events([id])).get(id)?.state
      return state === 'accepted' ? { page, resolved, standings: standingsOf(type), readAt: parts.clock() } : null
    })
    return reading.catch(() => null)
  }

  /** The walk as it was left, with the part that was read ahead; undefined when there is none that can be used. */
  async function resume(task: Task): Promise<Going | undefined> {
    const known = underway.get(task.id)
    underway.delete(task.id)
    const ahead = await known?.next
    return known && ahead && parts.clock() - ahead.readAt < FRESH ? { ...known, ahead } : undefined
  }

  /** The events of these tasks; tasks without work are dropped. */
  async function begin(tasks: Task[]): Promise<Going[]> {
    const events = await parts.events(tasks.map(({ ref }) => ref))
    const going: Going[] = []
    const nowhere: Task[] = []
    for (const task of tasks) {
      const event = events.get(task.ref)
      if (event === undefined || event.state === 'cancelled' || event.state === 'planned') nowhere.push(task)
      else going.push({ task, event, cursor: event.cursor })
    }
    if (nowhere.length > 0) await parts.drop(nowhere)
    return going
  }

  /** As many events as share one transaction. */
  function takeBatch(going: Going[]): Going[] {
    let recipients = 0
    let count = 0
    for (const { event } of going) {
      const named = Math.max(event.to.length, 1)
      if (count > 0 && recipients + named > BATCH) break
      recipients += named
      count++
    }
    return going.slice(0, count)
  }

  /** Returns those that are not at their end. */
  async function commit(batch: Going[]): Promise<Unfinished[]> {
    const { plans, unfinished } = await parts.planning((tx) => planBatch(tx, batch))
    parts.planned(plans)
    // SQLite finishes without ever leaving this turn of the event loop: requests and deliveries would wait for all of it.
    await nextTurn()
    return unfinished
  }

  async function planBatch(tx: PlanningTransaction, batch: Going[]): Promise<{ plans: Plan[]; unfinished: Unfinished[] }> {
    const hub = parts.hub()
    const now = parts.clock()
    const pages: (Going & { page: Page; next: Promise<Ahead | null> | null })[] = []
    for (const going of batch) {
      const page = going.ahead?.page ?? (await walk(going.event.to, going.cursor, size, tx))
      pages.push({ ...going, page, next: page.cursor === null ? null : readAhead(going.event, page.cursor) })
    }
    const owners = await tx.owners(pages.flatMap(({ ahead, page }) => (ahead === undefined ? bareAddresses(page.members) : [])))
    const resolved = pages.map((one) => ({ ...one, ...(one.ahead?.resolved ?? resolve(one.page.members, owners, one.event.actor)) }))
    const endedOf = await endedIn(
      resolved.map(({ event }) => event),
      now,
      tx,
    )
    const walked = resolved.map((one) => {
      const ended = endedOf(one.event)
      return { ...one, members: one.members.filter(({ id }) => !ended.has(id)), ended: one.members.filter(({ id }) => ended.has(id)) }
    })
    const unread = walked.filter(({ ahead }) => ahead === undefined)
    await tx.upsertUsers(unread.flatMap(({ members }) => members))
    const standingsOf = await tx.standings([...new Set(unread.flatMap(({ members }) => ids(members)))], [...new Set(unread.map(({ event }) => event.type))])

    const plans = await planParts(
      walked.map(({ event, cursor, members, excluded, ended, ahead }) => ({
        event,
        members,
        excluded,
        ended,
        standings: ahead?.standings ?? standingsOf(event.type),
        first: cursor === null,
        // A recipient can come up again only where the audience has several parts; an address also when two people of a walk share it.
        repeats: event.to.length > 1,
      })),
      { catalogue: parts.catalogue, hub, now },
      tx,
    )
    const unfinished = walked.flatMap(({ event, task, page, next }) => (page.cursor === null ? [] : [{ task, event, cursor: page.cursor, next }]))
    await tx.write(plans)
    const going = await tx.progress(walked.map(({ event, task, page }) => ({ event, task, cursor: page.cursor })))
    return { plans, unfinished: unfinished.filter(({ event }) => going.has(event.id)) }
  }
}

/** Of an event that was reported longer ago than this, somebody whom it names may have been deleted. */
const WAITED = SECOND

/** The users whom an event names and who were deleted after it was reported: whoever has such an id now, or would get it by this event, is somebody else. */
async function endedIn(events: readonly Event[], now: Millis, tx: Pick<PlanningTransaction, 'deletedSince'>): Promise<(event: Event) => ReadonlySet<string>> {
  const namedBy = new Map(events.flatMap((event) => (now - event.acceptedAt < WAITED ? [] : [[event.id, namedIn(event)] as const])))
  const named = [...new Set([...namedBy.values()].flat())]
  if (named.length === 0) return () => NOBODY
  const deleted = await tx.deletedSince(named, Math.min(...events.filter(({ id }) => namedBy.has(id)).map(({ acceptedAt }) => acceptedAt)))
  return ({ id, acceptedAt }) => new Set(namedBy.get(id)?.filter((user) => (deleted.get(user) ?? acceptedAt) > acceptedAt))
}

const namedIn = ({ to }: Event): string[] => to.flatMap((audience) => (audience.kind === 'user' ? [audience.id] : []))

/** Whether an audience is read from a list of unknown length. */
const isWalked = ({ event }: Going): boolean => event.to.some(({ kind }) => kind === 'topic' || kind === 'all')
const NOBODY: ReadonlySet<string> = new Set()
const ids = (members: readonly Member[]): string[] => members.map(({ id }) => id)
const bareAddresses = (members: readonly Member[]): string[] => members.flatMap((member) => (member.kind === 'address' ? [member.id] : []))
