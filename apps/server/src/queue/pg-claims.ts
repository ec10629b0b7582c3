import { type RawBuilder, sql } from 'kysely'
import type { Task } from '../domain/task.ts'
import type { Millis } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'
import { PRESENCE } from './presence.ts'

/** A claim whose holder is gone. */
export interface LostClaim {
  task: string
  name: string
  attempts: number
  crashes: number
}

/** A claim of this node. */
export interface Held {
  task: string
  ref: string
  attempts: number
}

/** `task` is null in the one row that says that delayed ones are due and nothing was handed out. */
export type Handed = { due: boolean } & (Held | { task: null })

type LetGo = (trx: Trx, node: number, tasks: Task[]) => Promise<string[]>

export interface Claims {
  /** Remembers when the hub's clock makes these tasks due. */
  delay(trx: Trx, tasks: { task: string; name: string; due_at: Millis }[]): Promise<void>
  /** Makes delayed jobs claimable that are due now. pg-boss counts in the database's time, but the hub's clock decides when a task is due. */
  makeDue(name: string, now: Millis): Promise<void>
  nextDue(name: string): Promise<Millis | null>
  /** Claims the jobs that `jobs` hands out, for a node until a time. Also returns whether delayed ones are due at `now`. Attempts count this one in. */
  hold(jobs: RawBuilder<unknown>, claim: { node: number; name: string; now: Millis; until: Millis }): Promise<Handed[]>
  /** Claims one suspect, whose job stayed active in pg-boss. */
  holdSuspect(node: number, name: string, until: Millis): Promise<Held | null>
  /** Whether a suspect waits. */
  suspects(name: string): Promise<boolean>
  keep(node: number, tasks: Task[], until: Millis): Promise<void>
  /** Ends for good the claims that this node still holds, and deletes their jobs: the result of the work is in the hub's own tables. */
  finish(trx: Trx, node: number, tasks: Task[]): Promise<void>
  /** Ends claims after a failure. The worker reported back, so their crashes are reset. Like `undo` it returns the ids that were still held. */
  forgive: LetGo
  /** Ends claims as if they had never been made. Suspects stay active and are not among the returned ids. */
  undo: LetGo
  /** Takes the claims of these kinds whose lease is over or whose node has ended, and counts a crash for each. */
  takeLost(trx: Trx, names: string[], now: Millis): Promise<LostClaim[]>
  forget(trx: Trx, tasks: string[]): Promise<void>
  /** Of these nodes, those whose session has ended. */
  ended(nodes: string[]): Promise<string[]>
}

/**
 * Table `work_claims`: the node that holds a job of pg-boss, until when, and how often a claim ended without a result. pg-boss knows no
 * nodes and no heartbeat below ten seconds, and counts a failure and a crash alike.
 */
export function createClaims(dialect: Dialect): Claims {
  const answerIds = async (trx: Trx, statement: RawBuilder<unknown>): Promise<string[]> =>
    (await sql<{ task: string }>`${statement} returning c.task`.execute(trx)).rows.map(({ task }) => task)
  /** The tasks as rows, and the condition that this node's claim of this very attempt still stands. */
  const mine = (tasks: Task[]) =>
    dialect.table(
      tasks.map(({ id, attempt }) => ({ task: id, attempts: attempt })),
      { task: 'text', attempts: 'integer' },
      'mine',
    )
  const stands = (node: number) => sql`c.task = mine.task and c.attempts = mine.attempts and c.node = ${node}`

  return {
    async delay(trx, tasks) {
      const rows = dialect.table(tasks, { task: 'text', name: 'text', due_at: 'integer' }, 'o')
      await sql`insert into work_claims (task, name, due_at, attempts, crashes) select o.task, o.name, o.due_at, 0, 0 from ${rows} where true
        on conflict (task) do update set due_at = excluded.due_at`.execute(trx)
    },
    async makeDue(name, now) {
      await sql`with due as (
          update work_claims set due_at = null where task in (select task from work_claims where name = ${name} and due_at <= ${now} for update skip locked)
          returning task)
        update pgboss.job set start_after = pgboss.job_now() from due
        where name = ${name} and id = due.task::uuid and start_after > pgboss.job_now()`.execute(dialect.db)
    },
    async nextDue(name) {
      const { rows } = await sql<{ at: number | null }>`select min(due_at) as at from work_claims where name = ${name} and due_at is not null`.execute(
        dialect.db,
      )
      return rows[0]?.at ?? null
    },
    async hold(jobs, { node, name, now, until }) {
      const { rows } = await sql<Handed>`
        with job as (${jobs}),
        held as (
          insert into work_claims as c (task, name, node, leased_until, attempts, crashes) select id::text, ${name}, ${node}::bigint, ${until}::bigint, 1, 0 from job
          on conflict (task) do update set node = excluded.node, leased_until = excluded.leased_until, due_at = null, attempts = c.attempts + 1
          returning task, attempts),
        waiting as (select exists (select from work_claims where name = ${name} and due_at <= ${now}) as due)
        select waiting.due, held.task, job.data ->> 'ref' as ref, held.attempts, ${dialect.hasty}
        from waiting left join (held join job on job.id = held.task::uuid) on true
        order by job.priority desc, job."createdOn"`.execute(dialect.db)
      return rows
    },
    async holdSuspect(node, name, until) {
      // Materialized: PostgreSQL may run a subquery of `in` once per row, and then "limit 1" would claim them all.
      const { rows } = await sql<Held>`
        with chosen as materialized (
          select s.task from work_claims s where s.name = ${name} and s.node is null and s.crashes > 0 order by s.task limit 1 for update skip locked)
        update work_claims as c set node = ${node}, leased_until = ${until}, attempts = c.attempts + 1 where c.task in (select task from chosen)
        returning c.task, c.attempts, coalesce((select data ->> 'ref' from pgboss.job where name = ${name} and id = c.task::uuid), '') as ref`.execute(
        dialect.db,
      )
      return rows[0] ?? null
    },
    async suspects(name) {
      const row = await dialect.db
        .selectFrom('work_claims')
        .select('task')
        .where('name', '=', name)
        .where('node', 'is', null)
        .where('crashes', '>', 0)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },
    async keep(node, tasks, until) {
      await sql`update work_claims as c set leased_until = ${until} from ${mine(tasks)} where ${stands(node)}`.execute(dialect.db)
    },
    async finish(trx, node, tasks) {
      await sql`with done as (delete from work_claims as c using ${mine(tasks)} where ${stands(node)} returning c.task, c.name)
        delete from pgboss.job using done where job.name = done.name and job.id = done.task::uuid`.execute(trx)
    },
    forgive: (trx, node, tasks) =>
      answerIds(trx, sql`update work_claims as c set node = null, leased_until = null, crashes = 0 from ${mine(tasks)} where ${stands(node)}`),
    async undo(trx, node, tasks) {
      const { rows } = await sql<{ task: string; crashes: number }>`
        update work_claims as c set node = null, leased_until = null, attempts = c.attempts - 1 from ${mine(tasks)} where ${stands(node)}
        returning c.task, c.crashes`.execute(trx)
      return rows.flatMap(({ task, crashes }) => (crashes === 0 ? [task] : []))
    },
    async takeLost(trx, names, now) {
      const { rows } = await sql<LostClaim>`
        update work_claims set node = null, leased_until = null, crashes = crashes + 1 where task in (
          select c.task from work_claims c where c.node is not null and c.name in ${dialect.among(names)} and (c.leased_until <= ${now} or not exists (${lockOf(sql`c.node`)}))
          for update of c skip locked)
        returning task, name, attempts, crashes`.execute(trx)
      return rows
    },
    async ended(nodes) {
      const { rows } = await sql<{ node: string }>`select n as node from unnest(${nodes}::text[]) n where not exists (${lockOf(sql`n::bigint`)})`.execute(
        dialect.db,
      )
      return rows.map(({ node }) => node)
    },
    async forget(trx, tasks) {
      await trx.deleteFrom('work_claims').where('task', 'in', dialect.among(tasks)).execute()
    },
  }
}

/** The advisory lock that a living node holds. https://www.postgresql.org/docs/current/view-pg-locks.html */
const lockOf = (node: RawBuilder<unknown>) => sql`
  select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = ${PRESENCE}::bigint::oid
    and l.objid = ${node}::oid and l.database = (select oid from pg_database where datname = current_database())`
