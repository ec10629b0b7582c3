import { createCatalogue } from '../../catalogue/catalogue.ts'
import type { Connection } from '../../domain/connection.ts'
import type { Event, EventState } from '../../domain/event.ts'
import type { Task } from '../../domain/task.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { nextTurn } from '../../flow/loop.ts'
import { createDirectory } from '../../recipients/testing/directory.ts'
import { addressStanding } from '../../routing/standing.ts'
import { aChannel, aPlace, aStanding, inApp } from '../../routing/testing/standing.ts'
import { createFanOut } from '../fan-out.ts'
import type { FanOutParts, PlanningTransaction } from '../fan-out-parts.ts'
import type { Plan, PlannedDecision, PlannedDelivery, PlannedNotification } from '../plan.ts'

interface Tables {
  events: { [id: string]: Event & { state: EventState; cursor: string | null } }
  notifications: (PlannedNotification & { eventId: string })[]
  deliveries: (PlannedDelivery & { eventId: string })[]
  decisions: (PlannedDecision & { eventId: string })[]
  /** `<type> <key> <user>` -> the event that holds it. */
  dedup: { [claim: string]: string }
  done: string[]
}

/** A planning store in memory: a transaction works on a copy; when it commits, what it did is done to the tables. */
export function createPlanning(
  given: {
    topics?: { [key: string]: string[] }
    inactive?: string[]
    /** The address of a user; their id unless said. */
    addressOf?: (user: string) => string
    deleted?: { [user: string]: number }
    shared?: Connection[]
    parallel?: boolean
    /** Turns of the event loop that each write and each move of a cursor takes. */
    turns?: number
    more?: Partial<FanOutParts>
  } = {},
) {
  const world: { tables: Tables } = { tables: { events: {}, notifications: [], deliveries: [], decisions: [], dedup: {}, done: [] } }
  const { inactive = [], topics = {}, addressOf = (id: string) => id } = given
  const seen = { dropped: [] as string[], planned: [] as Plan[], batches: [] as number[], open: 0, mostOpen: 0, tidied: 0 }
  const catalogue = createCatalogue()

  const turns = async () => {
    for (let turn = 0; turn < (given.turns ?? 0); turn++) await nextTurn()
  }

  const transaction = (tables: Tables, change: (what: (tables: Tables) => void) => void): PlanningTransaction => ({
    ...createDirectory(topics),
    upsertUsers: async () => {},
    deletedSince: async (ids, since) => new Map(Object.entries(given.deleted ?? {}).filter(([id, at]) => ids.includes(id) && at >= since)),
    owners: async () => new Map(),
    standings: async (ids) => () =>
      new Map(
        ids.map((id) => [
          id,
          id.startsWith('adr_')
            ? addressStanding(id)
            : aStanding({
                recipient: id,
                active: !inactive.includes(id),
                places: new Map([['email', [aPlace({ id: `dst_${id}`, addressHash: addressOf(id) })]]]),
              }),
        ]),
      ),
    // A statement sees what is committed by then, and what its transaction has done.
    notified: async (eventId, ids) =>
      new Set(
        [...world.tables.notifications, ...tables.notifications]
          .filter((one) => one.eventId === eventId && ids.includes(one.userId))
          .map(({ userId }) => userId),
      ),
    reached: async (eventId, hashes) =>
      new Set(
        [...world.tables.deliveries, ...tables.deliveries]
          .filter((one) => one.eventId === eventId && hashes.includes(one.addressHash))
          .map(({ addressHash }) => addressHash),
      ),
    async claimDedup(wanted) {
      const claims = wanted.map(({ event, recipients }) => ({ event, keys: recipients.map((id) => [id, `${event.type} ${event.dedupKey} ${id}`] as const) }))
      change(({ dedup }) => {
        for (const { event, keys } of claims) for (const [, key] of keys) dedup[key] ??= event.id
      })
      return claims.map(({ event, keys }) => new Set(keys.flatMap(([id, key]) => (tables.dedup[key] === event.id ? [] : [id]))))
    },
    async write(plans) {
      await turns()
      seen.batches.push(plans.reduce((sum, { notifications, decisions }) => sum + notifications.length + decisions.length, 0))
      change((into) => {
        for (const { event, notifications, deliveries, decisions } of plans) {
          into.notifications.push(...notifications.map((one) => ({ ...one, eventId: event.id })))
          into.deliveries.push(...deliveries.map((one) => ({ ...one, eventId: event.id })))
          into.decisions.push(...decisions.map((one) => ({ ...one, eventId: event.id })))
        }
      })
    },
    async progress(done) {
      await turns()
      const isCancelled = (event: Event) => world.tables.events[event.id]!.state === 'cancelled'
      const going = new Set(done.flatMap(({ event }) => (isCancelled(event) ? [] : [event.id])))
      change((into) => {
        for (const { event, task, cursor } of done) {
          const row = into.events[event.id]!
          if (cursor === null || !going.has(event.id)) into.done.push(task.id)
          if (!going.has(event.id)) continue
          row.cursor = cursor
          if (cursor === null) row.state = 'planned'
        }
      })
      return going
    },
  })

  const planning: FanOutParts['planning'] = async (run) => {
    const copy = structuredClone(world.tables)
    const changes: ((tables: Tables) => void)[] = []
    seen.mostOpen = Math.max(seen.mostOpen, ++seen.open)
    try {
      const result = await run(
        transaction(copy, (what) => {
          what(copy)
          changes.push(what)
        }),
      )
      for (const what of changes) what(world.tables)
      return result
    } finally {
      seen.open--
    }
  }
  const events: FanOutParts['events'] = async (ids) => new Map(ids.flatMap((id) => (world.tables.events[id] ? [[id, world.tables.events[id]]] : [])))

  const { plan, walk, forget } = createFanOut({
    catalogue,
    hub: () => ({ channels: [inApp, aChannel()], logOnly: false, shared: given.shared ?? [], timeRules: [], connectionFor: () => 'con_mail' }),
    planning,
    parallel: given.parallel ?? false,
    tidy: async () => void seen.tidied++,
    events,
    drop: async (tasks) => void seen.dropped.push(...tasks.map(({ ref }) => ref)),
    planned: (plans) => void seen.planned.push(...plans),
    stopping: () => false,
    clock: () => NOON,
    ...given.more,
  })

  /** Runs to the end, one walk after the other. */
  async function fanOut(tasks: Task[]): Promise<void> {
    for (const { task } of await plan(tasks)) while (await walk(task));
  }

  return {
    catalogue,
    plan,
    walk,
    forget,
    fanOut,
    planning,
    events,
    seen,
    tables: () => world.tables,
    /** Stores an event as accepted and returns its task. */
    accept(event: Event, state: EventState = 'accepted'): Task {
      world.tables.events[event.id] = { ...event, state, cursor: null }
      return { id: `task-${event.id}`, name: 'fan-out', ref: event.id, attempt: 1 }
    },
  }
}
