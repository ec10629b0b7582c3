import { sql } from 'kysely'
import { newId } from '../domain/id.ts'
import { type EndedTask, MAX_CRASHES, type Task, type TaskKinds, type UnknownTasks } from '../domain/task.ts'
import type { Clock, Millis } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'
import { kindOf, quarantine } from './kinds.ts'
import type { Queue } from './queue.ts'
import { createWaker, tellOf } from './wake.ts'

export interface SqliteQueueOptions {
  kinds: TaskKinds<Trx>
  clock: Clock
  /** How long a claim lasts without a heartbeat, in milliseconds. */
  leaseMs: number
  /** Milliseconds between two looks for work without a wake-up. */
  fallbackMs?: number | undefined
}

/**
 * The queue as table `work` of the same file. One process serves a file, so `start()` knows that every lease it finds belongs
 * to a dead predecessor and takes the tasks back at once. The attempt number identifies a claim: a process that lost it changes nothing any more.
 */
export function createSqliteQueue(dialect: Dialect, { kinds, clock, leaseMs, fallbackMs }: SqliteQueueOptions): Queue<Trx> {
  const { db } = dialect
  const owner = newId('nod', clock())
  const known = Object.keys(kinds)
  let unreported: EndedTask[] = []

  async function nextDue(name: string): Promise<Millis | null> {
    const next = await dialect.reads
      .selectFrom('work')
      .select('due_at')
      .where('name', '=', name)
      .where('leased_until', 'is', null)
      .where('quarantined', 'is', null)
      .orderBy('due_at')
      .limit(1)
      .executeTakeFirst()
    return next?.due_at ?? null
  }
  const waker = createWaker(dialect, { clock, fallbackMs, nextDue })

  /** The row of a task, as long as this very claim still holds it. */
  const held = (trx: Trx, { id, attempt }: Task) =>
    trx.updateTable('work').where('id', '=', Number(id)).where('attempts', '=', attempt).where('leased_until', 'is not', null)

  /** Priority by priority, because one index cannot find the due ones of all priorities in order. */
  async function claim(name: string, limit: number): Promise<Task[]> {
    const now = clock()
    return await db.transaction().execute(async (trx) => {
      const tasks: Task[] = []
      const waiting = () =>
        trx.selectFrom('work').where('name', '=', name).where('leased_until', 'is', null).where('quarantined', 'is', null).where('crashes', '=', 0)
      for (let below = Number.MAX_SAFE_INTEGER; tasks.length < limit; ) {
        const { priority } = await waiting()
          .select((row) => row.fn.max('priority').as('priority'))
          .where('priority', '<', below)
          .executeTakeFirstOrThrow()
        if (priority === null) break
        below = priority
        const due = waiting()
          .select('id')
          .where('priority', '=', priority)
          .where('due_at', '<=', now)
          .orderBy('due_at')
          .orderBy('id')
          .limit(limit - tasks.length)
        const rows = await trx
          .updateTable('work')
          .set((row) => ({ leased_until: now + leaseMs, attempts: row('attempts', '+', 1) }))
          .where('id', 'in', due)
          .returning(['id', 'ref', 'attempts', 'due_at'])
          .execute()
        rows.sort((a, b) => a.due_at - b.due_at || a.id - b.id) // `returning` promises no order
        tasks.push(...rows.map(({ id, ref, attempts }) => ({ id: String(id), name, ref, attempt: attempts })))
      }
      return tasks
    })
  }

  async function claimSuspect(name: string): Promise<Task | null> {
    const now = clock()
    // The index is named, because SQLite estimates it as large as the others and would walk every waiting task.
    const { rows } = await sql<{ id: number; ref: string; attempts: number }>`update work set leased_until = ${now + leaseMs}, attempts = attempts + 1
      where id in (select id from work indexed by work_suspect where name = ${name} and crashes > 0 and leased_until is null and quarantined is null
        and due_at <= ${now} order by due_at, id limit 1)
      returning id, ref, attempts`.execute(db)
    const [row] = rows
    return row === undefined ? null : { id: String(row.id), name, ref: row.ref, attempt: row.attempts }
  }

  /** Counts a crash for every lease that ended by `until`; the third one in a row is the last. */
  async function recover(until: number): Promise<EndedTask[]> {
    const now = clock()
    return await db.transaction().execute(async (trx) => {
      const lost = await trx
        .updateTable('work')
        .set((row) => ({ leased_until: null, crashes: row('crashes', '+', 1) }))
        .where('leased_until', '<=', until)
        .where('name', 'in', known)
        .returning(['id', 'name', 'ref', 'attempts', 'crashes'])
        .execute()
      const given = await quarantine(
        kinds,
        trx,
        lost.filter(({ crashes }) => crashes >= MAX_CRASHES).map((row) => ({ ...row, id: String(row.id) })),
      )
      for (const { id, error } of given) await trx.updateTable('work').set({ quarantined: error }).where('id', '=', Number(id)).execute()
      const back = lost.filter(({ crashes }) => crashes < MAX_CRASHES)
      await tellOf(
        waker,
        trx,
        now,
        back.map(({ name }) => ({ name })),
      )
      return given
    })
  }

  /** Walks the index from name to name: counting all waiting tasks would read every task of the known kinds. */
  const strangers = sql<{ name: string }>`with recursive names (name) as (
      select min(name) from work where leased_until is null and quarantined is null
      union all
      select (select min(w.name) from work w where w.leased_until is null and w.quarantined is null and w.name > names.name) from names
      where names.name is not null)
    select name from names where name is not null
    union select name from work where leased_until is not null`

  async function depth(name: string): Promise<number> {
    const { count } = await dialect.reads
      .selectFrom('work')
      .select((row) => row.fn.countAll<number>().as('count'))
      .where('name', '=', name)
      .where('quarantined', 'is', null)
      .executeTakeFirstOrThrow()
    return count
  }

  return {
    async enqueue(trx, tasks) {
      if (tasks.length === 0) return
      for (const { name } of tasks) kindOf(kinds, name)
      const now = clock()
      const rows = tasks.map(({ name, ref, dueAt, priority }) => ({ name, ref, due_at: dueAt ?? now, priority: priority ?? 0 }))
      const columns = { name: 'text', ref: 'text', due_at: 'integer', priority: 'integer' } as const
      await sql`insert into work (name, ref, due_at, priority, attempts, crashes, created_at)
        select o.name, o.ref, o.due_at, o.priority, 0, 0, ${now} from ${dialect.table(rows, columns, 'o')}`.execute(trx)
      await tellOf(waker, trx, now, tasks)
    },
    claim,
    claimSuspect,
    async heartbeat(tasks) {
      if (tasks.length === 0) return
      const until = clock() + leaseMs
      await db.transaction().execute(async (trx) => {
        for (const task of tasks) await held(trx, task).set({ leased_until: until }).execute()
      })
    },
    async complete(trx, tasks) {
      const rows = dialect.table(
        tasks.map(({ id, attempt }) => ({ id: Number(id), attempt })),
        { id: 'integer', attempt: 'integer' },
        'o',
      )
      await sql`delete from work where leased_until is not null and (id, attempts) in (select o.id, o.attempt from ${rows})`.execute(trx)
    },
    async fail(trx, task, error, atLeastUntil) {
      const now = clock()
      const kind = kindOf(kinds, task.name)
      const retryAt = kind.retryAt(task, now) ?? atLeastUntil ?? null
      const { numUpdatedRows } = await held(trx, task)
        .set(retryAt === null ? { leased_until: null, quarantined: error } : { leased_until: null, crashes: 0, due_at: retryAt })
        .executeTakeFirstOrThrow()
      if (Number(numUpdatedRows) === 0) return
      if (retryAt === null) await kind.givenUp(trx, { id: task.id, name: task.name, ref: task.ref, error })
      else await tellOf(waker, trx, now, [{ name: task.name, dueAt: retryAt }])
    },
    async release(tasks) {
      if (tasks.length === 0) return
      await db.transaction().execute(async (trx) => {
        for (const task of tasks)
          await held(trx, task)
            .set((row) => ({ leased_until: null, attempts: row('attempts', '-', 1) }))
            .execute()
        await tellOf(
          waker,
          trx,
          clock(),
          tasks.map(({ name }) => ({ name })),
        )
      })
    },
    async sweep() {
      const given = await recover(clock()) // before `unreported` is cleared: if this fails, those are returned by the next sweep
      const atStart = unreported
      unreported = []
      return [...atStart, ...given]
    },
    onWork: waker.onWork,
    depth,
    async oldest(name) {
      // Each part is the first entry of an index, or the few tasks that are held.
      const { rows } = await sql<{ at: number | null }>`select min(due_at) as at from (
        select min(due_at) as due_at from work where name = ${name} and leased_until is null and quarantined is null
        union all select due_at from work where leased_until is not null and name = ${name}) as due`.execute(dialect.reads)
      return Math.max(clock() - (rows[0]?.at ?? Number.POSITIVE_INFINITY), 0)
    },
    async unknown() {
      const { rows } = await strangers.execute(dialect.reads)
      const names = rows.map(({ name }) => name).filter((name) => !Object.hasOwn(kinds, name))
      const unknown: UnknownTasks[] = []
      for (const name of names) unknown.push({ name, count: await depth(name) })
      return unknown
    },
    owner: () => owner,
    // One process serves a file: every other owner is a predecessor.
    dead: async (owners) => owners.filter((one) => one !== owner),
    async start() {
      unreported.push(...(await recover(Number.MAX_SAFE_INTEGER)))
    },
    async stop() {
      waker.stop()
    },
  }
}
