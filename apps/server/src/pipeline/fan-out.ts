import { PRIORITIES } from '../domain/event-type.ts'
import type { Task } from '../domain/task.ts'
import { nextTurn } from '../flow/loop.ts'
import type { Walk } from '../flow/walks.ts'
import { BATCH } from './chunk-size.ts'
import { createChunks } from './chunks.ts'
import type { FanOutParts } from './fan-out-parts.ts'
import { type Going, planBatch } from './plan-batch.ts'
import { createWeight } from './weight.ts'

/**
 * From events to decisions, in batches. Small events share a transaction. A topic of 100,000 is walked in chunks whose cursor is
 * stored with them, so that work goes on from there after a crash, and a re-run adds nothing. `walks.ts` decides which event is next.
 */
export function createFanOut(parts: FanOutParts) {
  const chunks = createChunks(parts)

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
        walks.push(...(await commit(batch)))
      }
      return [...walks, ...rest].map(({ task, event }) => ({ task, priority: PRIORITIES.indexOf(event.priority) }))
    },

    /** Plans the next chunk of a long audience. Returns whether there is more of it. */
    async walk(task: Task): Promise<boolean> {
      const more = await chunks.goOn(task)
      if (more !== null) return more
      const [going] = await begin([task])
      return going !== undefined && (await chunks.beginAt(going))
    },

    /** These tasks are no longer in hand: the next process that takes them starts from the stored cursor, which nobody moves any more. */
    forget: chunks.end,
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
    const weight = createWeight(parts.catalogue, parts.hub())
    let sum = 0
    let count = 0
    for (const { event } of going) {
      sum += weight(event)
      if (count > 0 && sum > BATCH) break
      count++
    }
    return going.slice(0, count)
  }

  /** Returns those that are not at their end. */
  async function commit(batch: Going[]): Promise<Going[]> {
    const { plans, unfinished } = await parts.planning((tx) => planBatch(parts, tx, batch, { size: BATCH }))
    parts.planned(plans)
    // SQLite finishes without ever leaving this turn of the event loop: requests and deliveries would wait for all of it.
    await nextTurn()
    return unfinished
  }
}

/** Whether an audience is read from a list of unknown length. */
const isWalked = ({ event }: Going): boolean => event.to.some(({ kind }) => kind === 'topic' || kind === 'all')
