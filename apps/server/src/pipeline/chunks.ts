import type { Task } from '../domain/task.ts'
import { nextTurn } from '../flow/loop.ts'
import { isInLists } from '../recipients/walk.ts'
import { createChunkSize } from './chunk-size.ts'
import type { FanOutParts } from './fan-out-parts.ts'
import type { Before } from './met-before.ts'
import type { Plan } from './plan.ts'
import { type Going, planBatch } from './plan-batch.ts'

/** A part of a long audience whose transaction runs. */
interface Chunk extends Before {
  of: Going
  /** The cursor behind it; null when it is the last. */
  next: Promise<string | null>
  /** After its commit: whether the event has more. */
  done: Promise<boolean>
  /** Its transaction is over, whatever came of it. */
  over: Promise<void>
}

export interface Chunks {
  /** Waits for the chunk that was begun before its turn. Returns whether there are more; null when there is no such chunk, or it failed. */
  goOn(task: Task): Promise<boolean | null>
  /** Plans the chunk at the stored cursor. Returns whether there are more. */
  beginAt(going: Going): Promise<boolean>
  /** Resolves when no transaction of these tasks runs any more. */
  end(tasks: readonly Task[]): Promise<void>
}

/** Recipients after whose chunks the store tidies up: about 250 pages of SQLite. Without that its log grew to 1000 pages, and one commit wrote them all. */
const TIDIED = 1000

/**
 * The chunks of walks. Where two transactions can be written at once (PostgreSQL), the chunk behind is planned and written while one is written and
 * committed. It commits by itself, but never before the other: when that fails it is rolled back, and the walk goes on at the stored cursor. There
 * is one such chunk at a time, however many walks take turns: together they have two connections.
 */
export function createChunks(parts: FanOutParts): Chunks {
  const size = createChunkSize(parts)
  let untidied = 0
  const running = new Set<Chunk>()
  /** The chunks that were begun before their turn, by task. */
  const behindOf = new Map<string, Chunk>()

  function begin(of: Going, before?: Before): Chunk {
    const next = Promise.withResolvers<string | null>()
    const decided = Promise.withResolvers<readonly Plan[]>()
    const steps = { size: size.now(), before, read: ([cursor]: (string | null)[]) => next.resolve(cursor ?? null), decided: decided.resolve }
    const done = parts
      .planning((tx) => size.measure(() => planBatch(parts, tx, [of], steps)), before?.stored)
      .then(async ({ plans, unfinished }) => {
        parts.planned(plans)
        // SQLite finishes without ever leaving this turn of the event loop: requests and deliveries would wait for all of it.
        await nextTurn()
        await tidy(steps.size)
        return unfinished.length > 0
      })
    const stored = done.then((more) => {
      if (!more) throw new Error('The event has ended')
    })
    const failed = (error: unknown): void => {
      next.reject(error)
      decided.reject(error)
    }
    const over = done.then(() => {}, failed).then(() => void running.delete(chunk))
    const chunk: Chunk = { of, next: next.promise, plans: decided.promise, stored, done, over }
    // Nobody may wait for them.
    for (const promise of [chunk.next, chunk.plans, chunk.stored]) promise.catch(() => {})
    running.add(chunk)
    return chunk
  }

  async function tidy(recipients: number): Promise<void> {
    untidied += recipients
    if (untidied < TIDIED) return
    untidied = 0
    await parts.tidy()
    await nextTurn()
  }

  /** The chunk behind, begun as soon as it is known where; null where it has to wait for its turn. */
  async function follow(chunk: Chunk): Promise<Chunk | null> {
    const { task, event } = chunk.of
    const cursor = await chunk.next
    const isAlone = [...running].every((one) => one === chunk)
    if (!parts.parallel || !isAlone || parts.stopping() || cursor === null || !isInLists(event.to, cursor)) return null
    return begin({ task, event, cursor }, chunk)
  }

  async function finish(chunk: Chunk): Promise<boolean> {
    const behind = await follow(chunk)
    let more = false
    try {
      more = await chunk.done
    } finally {
      if (behind !== null && more) behindOf.set(chunk.of.task.id, behind)
      else await behind?.over
    }
    return more
  }

  function taken({ id }: Task): Chunk | undefined {
    const chunk = behindOf.get(id)
    behindOf.delete(id)
    return chunk
  }

  return {
    async goOn(task) {
      const chunk = taken(task)
      // Whatever a chunk met that was begun before its turn, it is met again by the one that begins at the stored cursor, and told then.
      return chunk === undefined ? null : await finish(chunk).catch(() => null)
    },
    beginAt: (going) => finish(begin(going)),
    async end(tasks) {
      await Promise.all(tasks.map((task) => taken(task)?.over))
    },
  }
}
