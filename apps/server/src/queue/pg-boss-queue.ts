import { sql } from 'kysely'
import type { PgBoss } from 'pg-boss'
import { type EndedTask, MAX_CRASHES, type Task, type TaskKinds } from '../domain/task.ts'
import type { Clock, Millis } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'
import { kindOf, quarantine } from './kinds.ts'
import { createClaims, type Held } from './pg-claims.ts'
import type { Presence } from './presence.ts'
import type { Queue } from './queue.ts'
import { createWaker, tellOf } from './wake.ts'

export interface PgBossQueueOptions {
  kinds: TaskKinds<Trx>
  clock: Clock
  /** How long a claim lasts without a heartbeat, in milliseconds. */
  leaseMs: number
  /** Milliseconds between two looks for work without a wake-up. */
  fallbackMs?: number | undefined
  /** Receives the errors of pg-boss's background work. */
  onError?: (error: unknown) => void
}

/**
 * The queue as jobs of pg-boss in schema `pgboss` of the same database. pg-boss keeps, orders and hands out the jobs, always in our
 * transaction; table `work_claims` records the node that holds one. A node that ends loses the lock of its session, so the others (or its
 * own successor at `start()`) take its tasks back at once. A node that hangs loses them when the lease ends.
 */
export async function createPgBossQueue(dialect: Dialect, options: PgBossQueueOptions): Promise<Queue<Trx>> {
  const { kinds, clock, leaseMs, fallbackMs, onError = () => {} } = options
  const { fromKysely } = await import('pg-boss')
  const { giveBack, handOut, oldestDue, othersThan, startPgBoss, waits } = await import('./pg-boss.ts')
  const { bePresent } = await import('./presence.ts')
  const claims = createClaims(dialect)
  const names = Object.keys(kinds)
  /** Names that may have suspects. Without this set every claim would first query for suspects, and there are next to none. */
  const suspected = new Set(names)
  const waker = createWaker(dialect, {
    clock,
    fallbackMs,
    async nextDue(name) {
      const suspects = await claims.suspects(name)
      if (suspects) suspected.add(name) // another node may have left them and ended
      return suspects || (await waits(dialect, name)) ? clock() : await claims.nextDue(name)
    },
  })
  let started: { boss: PgBoss; presence: Presence } | undefined
  let unreported: EndedTask[] = []

  function running(): { boss: PgBoss; node: number } {
    if (!started) throw new Error('The queue was not started')
    return { boss: started.boss, node: started.presence.node }
  }

  async function recover(): Promise<EndedTask[]> {
    const { boss } = running()
    return await dialect.db.transaction().execute(async (trx) => {
      const db = fromKysely(trx)
      const lost = await claims.takeLost(trx, names, clock())
      const ended: { id: string; name: string; ref: string; attempts: number }[] = []
      for (const { task, name, attempts, crashes } of lost) {
        if (crashes < MAX_CRASHES) continue // a suspect now: its job stays active, so that pg-boss does not hand it out among others
        const job = await boss.getJobById<JobData>(name, task, { db })
        ended.push({ id: task, name, ref: job?.data.ref ?? '', attempts })
      }
      const given = await quarantine(kinds, trx, ended)
      for (const { id, name, error } of given) await boss.fail(name, id, { message: error }, { db }) // out of retries from the start: it stays as failed
      if (given.length > 0)
        await claims.forget(
          trx,
          given.map(({ id }) => id),
        )
      const back = lost.filter(({ crashes }) => crashes < MAX_CRASHES)
      for (const { name } of back) suspected.add(name)
      await tellOf(waker, trx, clock(), back)
      return given
    })
  }

  async function claimNow(name: string, limit: number): Promise<{ tasks: Task[]; due: boolean }> {
    const { boss, node } = running()
    const now = clock()
    const rows = await handOut(boss, name, limit, (jobs) => claims.hold(jobs, { node, name, now, until: now + leaseMs }))
    return { tasks: rows.flatMap((row) => (row.task === null ? [] : [toTask(name, row)])), due: rows[0]?.due ?? false }
  }

  return {
    async enqueue(trx, tasks) {
      const { boss } = running()
      for (const { name } of tasks) kindOf(kinds, name)
      const now = clock()
      const jobs = tasks.map((task) => ({ ...task, id: crypto.randomUUID(), delay: Math.max((task.dueAt ?? now) - now, 0) }))
      for (const name of new Set(tasks.map((task) => task.name)))
        await boss.insert(
          name,
          jobs
            .filter((job) => job.name === name)
            .map(({ id, ref, priority, delay }) => ({ id, data: { ref } satisfies JobData, priority: priority ?? 0, ...startAfter(delay) })),
          { db: fromKysely(trx) },
        )
      const delayed = jobs.filter(({ delay }) => delay > 0).map(({ id, name, delay }) => ({ task: id, name, due_at: now + delay }))
      if (delayed.length > 0) await claims.delay(trx, delayed)
      await tellOf(waker, trx, now, tasks)
    },
    async claim(name, limit) {
      if (limit <= 0) return []
      const { tasks, due } = await claimNow(name, limit)
      if (!due || tasks.length === limit) return tasks
      await claims.makeDue(name, clock())
      return [...tasks, ...(await claimNow(name, limit - tasks.length)).tasks]
    },
    async claimSuspect(name) {
      const { node } = running()
      if (!suspected.delete(name)) return null
      const suspect = await claims.holdSuspect(node, name, clock() + leaseMs)
      if (suspect === null) return null
      suspected.add(name) // where there is one, there may be another
      return toTask(name, suspect)
    },
    async heartbeat(tasks) {
      if (tasks.length > 0) await claims.keep(running().node, tasks, clock() + leaseMs)
    },
    async complete(trx, tasks) {
      if (tasks.length > 0) await claims.finish(trx, running().node, tasks)
    },
    async fail(trx, task, error, atLeastUntil) {
      const { boss, node } = running()
      const now = clock()
      const kind = kindOf(kinds, task.name)
      if ((await claims.forgive(trx, node, [task])).length === 0) return
      const retryAt = kind.retryAt(task, now) ?? atLeastUntil ?? null
      if (retryAt === null) {
        await boss.fail(task.name, task.id, { message: error }, { db: fromKysely(trx) })
        await claims.forget(trx, [task.id])
        return kind.givenUp(trx, { id: task.id, name: task.name, ref: task.ref, error })
      }
      await giveBack(trx, task.name, [task.id], Math.max(retryAt - now, 0))
      if (retryAt > now) await claims.delay(trx, [{ task: task.id, name: task.name, due_at: retryAt }])
      await tellOf(waker, trx, now, [{ name: task.name, dueAt: retryAt }])
    },
    async release(tasks) {
      const { node } = running()
      if (tasks.length === 0) return
      await dialect.db.transaction().execute(async (trx) => {
        const held = new Set(await claims.undo(trx, node, tasks))
        for (const [name, ids] of byName(tasks.filter(({ id }) => held.has(id)))) await giveBack(trx, name, ids)
        await tellOf(waker, trx, clock(), tasks)
      })
    },
    async sweep() {
      const given = await recover() // before `unreported` is cleared: if this fails, those are returned by the next sweep
      const atStart = unreported
      unreported = []
      return [...atStart, ...given]
    },
    onWork: waker.onWork,
    async depth(name) {
      const { rows } = await sql<{ n: number }>`select count(*) as n from pgboss.job where name = ${name} and state < 'completed'`.execute(dialect.db)
      return rows[0]?.n ?? 0
    },
    oldest: (name) => oldestDue(dialect, name),
    unknown: () => othersThan(dialect, names),
    owner: () => String(running().node),
    dead: (owners) => claims.ended(owners),
    async start() {
      if (started) return
      const boss = await startPgBoss(dialect, names, onError)
      started = { boss, presence: await bePresent(dialect) }
      unreported.push(...(await recover()))
    },
    async stop() {
      waker.stop()
      const ending = started
      started = undefined
      await ending?.boss.stop({ graceful: false, close: false })
      await ending?.presence.end()
    },
  }
}

interface JobData {
  ref: string
}

const toTask = (name: string, { task, ref, attempts }: Held): Task => ({ id: task, name, ref, attempt: attempts })

/** pg-boss reads a text of seconds as a delay from the database's present time. */
const startAfter = (delay: Millis): { startAfter?: string } => (delay > 0 ? { startAfter: String(delay / 1000) } : {})

function byName(tasks: Task[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { name, id } of tasks) groups.set(name, [...(groups.get(name) ?? []), id])
  return groups
}
