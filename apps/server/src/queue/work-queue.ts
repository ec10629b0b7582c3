import { sql } from 'kysely'
import { type EndedTask, MAX_CRASHES, type Task, type TaskKinds, type UnknownTasks } from '../domain/task.ts'
import type { Clock, Millis } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'
import { kindOf, quarantine } from './kinds.ts'
import type { Owners } from './owners.ts'
import type { Queue } from './queue.ts'
import { createWaker, tellOf } from './wake.ts'

export interface WorkQueueOptions {
  kinds: TaskKinds<Trx>
  clock: Clock
  /** How long a claim lasts without a heartbeat, in milliseconds. */
  leaseMs: number
  /** Milliseconds between two looks for work without a wake-up. */
  fallbackMs?: number | undefined
  owners: Owners
}

/**
 * The queue as table `work` of the same database. A row is its own entry: due time, lease, attempts and crashes are columns. Owner and attempt number
 * identify a claim: a process that lost it changes nothing any more. The tasks of an owner that is certainly dead are taken back at once, those of one
 * that hangs when their leases end.
 */
export function createWorkQueue(dialect: Dialect, { kinds, clock, leaseMs, fallbackMs, owners }: WorkQueueOptions): Queue<Trx> {
  const { db } = dialect
  // SQLite estimates this index as large as the others and would walk every waiting task.
  const bySuspect = dialect.engine === 'sqlite' ? sql`indexed by work_suspect` : sql``
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
    trx.updateTable('work').where('id', '=', Number(id)).where('attempts', '=', attempt).where('owner', '=', owners.me())

  /** The same for several, as a condition on `id`: looked up one by one, and locked in one order. */
  function mine(tasks: readonly Task[]) {
    const given = dialect.table(
      tasks.map(({ id, attempt }) => ({ id: Number(id), attempt })),
      { id: 'integer', attempt: 'integer' },
      'mine',
    )
    return dialect.oneOf(sql`select w.id from work w where w.id in (select id from ${given}) and w.owner = ${owners.me()}
      and (w.id, w.attempts) in (select id, attempt from ${given}) order by w.id ${dialect.locked}`)
  }

  /** Priority by priority, because one index cannot find the due ones of all priorities in order. Each is a commit of its own, so that no lock outlives a statement. */
  async function claim(name: string, limit: number): Promise<Task[]> {
    const now = clock()
    const tasks: Task[] = []
    for (let below = Number.MAX_SAFE_INTEGER; tasks.length < limit; ) {
      const { priority } = await db
        .selectFrom('work')
        .select((row) => row.fn.max('priority').as('priority'))
        .where('name', '=', name)
        .where('leased_until', 'is', null)
        .where('quarantined', 'is', null)
        .where('crashes', '=', 0)
        .where('priority', '<', below)
        .executeTakeFirstOrThrow()
      if (priority === null) break
      below = priority
      tasks.push(...(await claimOf(name, priority, limit - tasks.length, now)))
    }
    return tasks
  }

  async function claimOf(name: string, priority: number, limit: number, now: Millis): Promise<Task[]> {
    const due = sql`select id from work where name = ${name} and leased_until is null and quarantined is null and crashes = 0
      and priority = ${priority} and due_at <= ${now} order by due_at, id limit ${limit} ${dialect.skipLocked}`
    const { rows } = await sql<{ id: number; ref: string; attempts: number; due_at: Millis }>`update work
      set leased_until = ${now + leaseMs}, owner = ${owners.me()}, attempts = attempts + 1
      where id ${dialect.oneOf(due)} returning id, ref, attempts, due_at, ${dialect.hasty}`.execute(db)
    rows.sort((a, b) => a.due_at - b.due_at || a.id - b.id) // `returning` promises no order
    return rows.map(({ id, ref, attempts }) => ({ id: String(id), name, ref, attempt: attempts }))
  }

  async function claimSuspect(name: string, alone: boolean): Promise<Task | null> {
    const now = clock()
    const some = alone ? sql`` : sql`and crashes = 1`
    const { rows } = await sql<{ id: number; ref: string; attempts: number }>`update work
      set leased_until = ${now + leaseMs}, owner = ${owners.me()}, attempts = attempts + 1
      where id ${dialect.oneOf(sql`select id from work ${bySuspect} where name = ${name} and crashes > 0 ${some} and leased_until is null and quarantined is null
        and due_at <= ${now} order by due_at, id limit 1 ${dialect.skipLocked}`)}
      returning id, ref, attempts, ${dialect.hasty}`.execute(db)
    const [row] = rows
    return row === undefined ? null : { id: String(row.id), name, ref: row.ref, attempt: row.attempts }
  }

  /** Counts a crash for every lease that ended, and for every one of an owner that is dead; the third one in a row is the last. */
  async function recover(): Promise<EndedTask[]> {
    const now = clock()
    const holders = await db.selectFrom('work').select('owner').distinct().where('leased_until', 'is not', null).execute()
    const dead = await owners.dead(holders.flatMap(({ owner }) => (owner === null || owner === owners.me() ? [] : [owner])))
    return await db.transaction().execute(async (trx) => {
      const over = sql`select id from work where leased_until is not null and name in ${dialect.among(known)}
        and (leased_until <= ${now} or owner in ${dialect.among(dead)}) ${dialect.skipLocked}`
      const { rows: lost } = await sql<{ id: number; name: string; ref: string; attempts: number; crashes: number }>`update work
        set leased_until = null, owner = null, crashes = crashes + 1 where id ${dialect.oneOf(over)} returning id, name, ref, attempts, crashes`.execute(trx)
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
      await sql`update work set leased_until = ${clock() + leaseMs} where id ${mine(tasks)}`.execute(db)
    },
    async complete(trx, tasks) {
      if (tasks.length === 0) return
      await sql`delete from work where id ${mine(tasks)}`.execute(trx)
    },
    async fail(trx, task, error, atLeastUntil) {
      const now = clock()
      const kind = kindOf(kinds, task.name)
      const retryAt = kind.retryAt(task, now) ?? atLeastUntil ?? null
      const { numUpdatedRows } = await held(trx, task)
        .set({ leased_until: null, owner: null, ...(retryAt === null ? { quarantined: error } : { crashes: 0, due_at: retryAt }) })
        .executeTakeFirstOrThrow()
      if (Number(numUpdatedRows) === 0) return
      if (retryAt === null) await kind.givenUp(trx, { id: task.id, name: task.name, ref: task.ref, error })
      else await tellOf(waker, trx, now, [{ name: task.name, dueAt: retryAt }])
    },
    async release(tasks) {
      if (tasks.length === 0) return
      await db.transaction().execute(async (trx) => {
        await sql`update work set leased_until = null, owner = null, attempts = attempts - 1
          where id ${mine(tasks)}`.execute(trx)
        await tellOf(
          waker,
          trx,
          clock(),
          tasks.map(({ name }) => ({ name })),
        )
      })
    },
    async sweep() {
      const given = await recover() // before `unreported` is cleared: if this fails, those are returned by the next sweep
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
      const names = rows
        .map(({ name }) => name)
        .filter((name) => !Object.hasOwn(kinds, name))
        .sort()
      const unknown: UnknownTasks[] = []
      for (const name of names) unknown.push({ name, count: await depth(name) })
      return unknown
    },
    owner: owners.me,
    dead: owners.dead,
    async start() {
      await owners.start()
      unreported.push(...(await recover()))
    },
    async stop() {
      waker.stop()
      await owners.end()
    },
  }
}
