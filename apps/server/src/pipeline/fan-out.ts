import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Connection } from '../domain/connection.ts'
import type { Event, EventState } from '../domain/event.ts'
import { PRIORITIES } from '../domain/event-type.ts'
import { type Clock, type Millis, SECOND } from '../domain/time.ts'
import { nextTurn } from '../flow/loop.ts'
import type { Task } from '../queue/queue.ts'
import type { Member } from '../recipients/member.ts'
import { resolve } from '../recipients/resolve.ts'
import { type Directory, isInLists, type Page, walk } from '../recipients/walk.ts'
import type { Channel, Occasion, Reach } from '../routing/reach.ts'
import { claimants } from './claimants.ts'
import { deletedEventType } from './deleted-event-type.ts'
import { type Plan, plan } from './plan.ts'
import { decideShared, planShared } from './plan-shared.ts'

/** What may also be read before the transaction that needs it. */
export interface PlanningReads extends Directory {
  /** Where these users stand for these event types: one entry per (event type, user). */
  reaches(userIds: string[], eventTypes: string[]): Promise<(eventType: string) => ReadonlyMap<string, Reach>>
}

/** What fan-out asks of the store, all inside one transaction: either a batch is planned and the cursor moved, or nothing happened. */
export interface PlanningTransaction extends PlanningReads {
  /** Creates or updates whom the events name; unknown users come into being here. */
  upsertUsers(members: readonly Member[]): Promise<void>
  /** Of these users, those who already have a notification of the event. */
  notified(eventId: string, userIds: string[]): Promise<Set<string>>
  /** Of these addresses, those that the event reaches already. */
  reached(eventId: string, addressHashes: string[]): Promise<Set<string>>
  /** Claims the dedup key for these recipients; answers those for whom another event holds it. */
  claimDedup(event: Event, recipients: string[]): Promise<Set<string>>
  write(plans: Plan[]): Promise<void>
  /** `cursor` null: every decision of the event is stored and its task is done. Answers the events that nobody cancelled meanwhile. */
  progress(done: { event: Event; task: Task; cursor: string | null }[]): Promise<Set<string>>
}

export interface FanOutParts {
  catalogue: Catalogue
  /** Hub as it is now: columns, shared connections, the connection a channel's deliveries are queued on. */
  hub(): { channels: readonly Channel[]; logOnly: boolean; shared: readonly Connection[]; connectionFor(channel: string, provider?: string): string }
  planning<T>(run: (tx: PlanningTransaction) => Promise<T>): Promise<T>
  /** Reads beside a transaction; null where that gains nothing. */
  reading: (<T>(run: (reads: PlanningReads) => Promise<T>) => Promise<T>) | null
  events(ids: string[]): Promise<Map<string, Event & { state: EventState; cursor: string | null }>>
  /** The task leads nowhere (its event is cancelled or gone). */
  drop(tasks: Task[]): Promise<void>
  /** After the commit: tells inboxes and the pump that there is something new. */
  planned(plans: readonly Plan[]): void
  stopping(): boolean
  clock: Clock
}

/** A task that is not done: its audience has to be walked, a chunk at a time. */
export interface Walk {
  task: Task
  /** 0 to 3; 3 is urgent. */
  priority: number
}

/** Recipients of one transaction, at most. Twice as many are a tenth quicker on PostgreSQL and hold the loop for 30 ms. */
const BATCH = 250
const SMALLEST = 25
/** Milliseconds for which a transaction may hold everything else: SQLite never leaves its turn of the loop. */
const HOLD = 10

type Going = { task: Task; event: Event; cursor: string | null; ahead?: Ahead }
/** One that is not at its end; `next` is what is being read for it. */
type Unfinished = Going & { next: Promise<Ahead | null> | null }

/** The next part of a long audience and where its people stand, read while the part before it is written. */
interface Ahead {
  page: Page
  reaches: ReadonlyMap<string, Reach>
  readAt: Millis
}

/** What was read longer ago is read again: another walk may have been more urgent. */
const FRESH = SECOND

/**
 * From events to decisions, in batches. Small events share a transaction; a topic of 100,000 is walked in chunks whose cursor is
 * stored with them, so that a crash goes on where it was and a re-run adds nothing. Who walks next is said by `walks.ts`.
 */
export function createFanOut(parts: FanOutParts) {
  /** Recipients of a chunk: where the most take longer than `HOLD`, as many as fit into it. */
  let size = BATCH
  /** Walks for which the next part is being read, by task. */
  const underway = new Map<string, Unfinished>()

  return {
    /** Plans what names its recipients. Answers what has to be walked, and what it did not get to because the hub is stopping. */
    async plan(tasks: Task[]): Promise<Walk[]> {
      const going = await begin(tasks)
      const walks = going.filter(isWalked)
      let rest = going.filter((one) => !isWalked(one))
      while (rest.length > 0 && !parts.stopping()) {
        const batch = takeBatch(rest)
        rest = rest.slice(batch.length)
        // One that names more people than fit into a batch is walked from there on.
        const left = await commit(batch)
        for (const one of left) underway.set(one.task.id, one)
        walks.push(...left)
      }
      return [...walks, ...rest].map(({ task, event }) => ({ task, priority: PRIORITIES.indexOf(event.priority) }))
    },

    /** Plans the next chunk of a long audience. Answers whether there is more of it. */
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
      // Where the loop went on meanwhile (PostgreSQL) the time says nothing about what was held, and small chunks would only cost more.
      if (rest !== undefined && !turned) size = Math.min(BATCH, Math.max(SMALLEST, Math.round((size * HOLD) / (performance.now() - began))))
      return rest !== undefined
    },

    /** These tasks are no longer in hand: whoever takes them up reads where they are. */
    forget(tasks: readonly Task[]): void {
      for (const { id } of tasks) underway.delete(id)
    },
  }

  /** Answers null when it could not be read, or the event has come to an end: then the walk begins with a look at it. */
  function readAhead({ id, to, type }: Event, cursor: string): Promise<Ahead | null> | null {
    if (parts.reading === null || !isInLists(to, cursor)) return null
    const reading = parts.reading(async (reads): Promise<Ahead | null> => {
      const page = await walk(to, cursor, size, reads)
      const reachesOf = await reads.reaches(userIds(page.members), [type])
      const state = (await parts.events([id])).get(id)?.state
      return state === 'accepted' ? { page, reaches: reachesOf(type), readAt: parts.clock() } : null
    })
    return reading.catch(() => null)
  }

  /** The walk as it was left, with what was read ahead; undefined when there is nothing of use. */
  async function resume(task: Task): Promise<Going | undefined> {
    const known = underway.get(task.id)
    underway.delete(task.id)
    const ahead = await known?.next
    return known && ahead && parts.clock() - ahead.readAt < FRESH ? { ...known, ahead } : undefined
  }

  /** The events of these tasks; those that lead nowhere are dropped. */
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

  /** Answers those that are not at their end. */
  async function commit(batch: Going[]): Promise<Unfinished[]> {
    const { plans, unfinished } = await parts.planning((tx) => planBatch(tx, batch))
    parts.planned(plans)
    // SQLite answers without ever leaving this turn of the loop: requests and sendings would wait for all of it.
    await nextTurn()
    return unfinished
  }

  async function planBatch(tx: PlanningTransaction, batch: Going[]): Promise<{ plans: Plan[]; unfinished: Unfinished[] }> {
    const hub = parts.hub()
    const now = parts.clock()
    const walked: (Going & { page: Page; members: Member[]; excluded: Member | null; next: Promise<Ahead | null> | null })[] = []
    for (const going of batch) {
      const page = going.ahead?.page ?? (await walk(going.event.to, going.cursor, size, tx))
      const next = page.cursor === null ? null : readAhead(going.event, page.cursor)
      walked.push({ ...going, page, next, ...resolve(page.members, going.event.actor) })
    }
    const unread = walked.filter(({ ahead }) => ahead === undefined)
    await tx.upsertUsers(unread.flatMap(({ members }) => members))
    const users = [...new Set(unread.flatMap(({ members }) => userIds(members)))]
    const reachesOf = await tx.reaches(users, [...new Set(unread.map(({ event }) => event.type))])

    const plans: Plan[] = []
    const unfinished: Unfinished[] = []
    for (const { event, task, cursor, page, members, excluded, ahead, next } of walked) {
      const entry = parts.catalogue.find(event.type) ?? deletedEventType(event)
      const reaches = ahead?.reaches ?? reachesOf(event.type)
      const occasion: Occasion = {
        eventType: entry.eventType,
        requested: event.channels,
        expiresAt: event.expiresAt,
        channels: hub.channels,
        logOnly: hub.logOnly,
        now,
      }
      // A recipient is met again only where the audience has several parts; an address also when two people of a walk share it.
      const parted = event.to.length > 1
      const known = parted ? await tx.notified(event.id, userIds(members)) : NOBODY
      const fresh = members.filter(({ id }) => !known.has(id))
      const shared = cursor === null ? decideShared(event, entry, hub.shared, hub.channels, now) : []
      const told = event.dedupKey === null ? NOBODY : await tx.claimDedup(event, claimants(fresh, reaches, shared, occasion))
      const planned = plan({
        event,
        entry,
        occasion,
        members: fresh,
        excluded,
        reaches,
        told,
        taken: parted || cursor !== null ? await tx.reached(event.id, addresses(fresh, reaches)) : NOBODY,
        connectionFor: hub.connectionFor,
      })
      const heard = planShared(event, shared, told, now)
      planned.deliveries.push(...heard.deliveries)
      planned.decisions.push(...heard.decisions)
      plans.push(planned)
      if (page.cursor !== null) unfinished.push({ task, event, cursor: page.cursor, next })
    }
    await tx.write(plans)
    const going = await tx.progress(walked.map(({ event, task, page }) => ({ event, task, cursor: page.cursor })))
    return { plans, unfinished: unfinished.filter(({ event }) => going.has(event.id)) }
  }
}

/** Whether an audience is read from a list of unknown length. */
const isWalked = ({ event }: Going): boolean => event.to.some(({ kind }) => kind === 'topic' || kind === 'all')
const NOBODY: ReadonlySet<string> & Set<string> = new Set<string>()
const userIds = (members: readonly Member[]): string[] => members.flatMap((member) => (member.kind === 'user' ? [member.id] : []))
const addresses = (members: readonly Member[], reaches: ReadonlyMap<string, Reach>): string[] =>
  members.flatMap((member) =>
    member.kind === 'address'
      ? [member.id.slice('adr_'.length)]
      : [...(reaches.get(member.id)?.places.values() ?? [])].flatMap((places) => places.map(({ addressHash }) => addressHash)),
  )
