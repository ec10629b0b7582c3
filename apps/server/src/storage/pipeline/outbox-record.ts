import { deflateRawSync } from 'node:zlib'
import { sql } from 'kysely'
import { oneVoiceIn, refusedAlike } from '../../connections/alike.ts'
import { probeAt } from '../../connections/circuit.ts'
import { connectionNotice } from '../../connections/connection-notice.ts'
import { closedUntil, failed, healthy, isHealthy, paused, succeeded } from '../../connections/health.ts'
import type { Outcome } from '../../delivery/outcome.ts'
import type { TargetHealth } from '../../domain/connection.ts'
import { heldUntil } from '../../domain/decision.ts'
import { HELD_FOR } from '../../domain/delivery.ts'
import type { Message } from '../../domain/message.ts'
import type { Notice, Told } from '../../domain/notice.ts'
import { type Clock, MINUTE, type Millis } from '../../domain/time.ts'
import type { Recorded } from '../../pipeline/sending.ts'
import { configChanged } from '../config-changes.ts'
import type { HealthStore } from '../connections/health-store.ts'
import { codeOf, stateList, stateLit } from '../delivery-states.ts'
import type { Columns, Dialect, Insert } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'
import { isFirstSuccess, STILL_LEASED, writeFirstSuccesses } from './first-success.ts'
import { DECISION_COLUMNS } from './plan-write.ts'
import { switchOff } from './switch-off.ts'
import { speaksForAll } from './voices.ts'

export interface RecordParts {
  dialect: Dialect
  health: HealthStore
  clock: Clock
  startedAt: Millis
  /** The number of this process in `nodes`. */
  node(): number
  /** Whether this target has a health record, so that a success of a healthy one costs no query. */
  isKnown(target: string): boolean
  /** Stores the notices in the same transaction. */
  tell(trx: Trx, notices: Notice[]): Promise<Told>
  /** Fault point of the chaos tests. */
  beforeCommit(): void
}

/** Writes a group of outcomes in the caller's transaction, which may run again. What it returns counts, and is logged, after the commit. */
export async function recordOutcomes(parts: RecordParts, trx: Trx, outcomes: readonly Outcome[]): Promise<Recorded> {
  const { dialect, clock } = parts
  const now = clock()
  const sensitive = [...new Set(outcomes.flatMap(({ delivery }) => (delivery.sensitive === true ? [delivery.eventId] : [])))]
  if (sensitive.length > 0) await lockEvents(dialect, trx, sensitive)
  await keepSettled(parts, trx, outcomes)
  const withRows = await updateDeliveries(parts, trx, outcomes, now)
  const notices: Notice[] = []
  const changed = await updateHealth(parts, trx, outcomes, now, notices)
  notices.push(...(await switchOff(parts, trx, outcomes, now)))
  const told = notices.length > 0 ? await parts.tell(trx, notices) : null
  // Secrets are deleted when no delivery can need them any more.
  if (sensitive.length > 0)
    await sql`update events set sensitive = null where id in ${dialect.amongIds('evt', sensitive)} and sensitive is not null and not exists (
      select 1 from deliveries d where d.event = events.n and d.state in ${stateList('held', 'queued', 'sending')})`.execute(trx)
  // Last, because they go with the commit.
  const inserts = insertsOf(outcomes, withRows, now)
  if (inserts.length > 0) await dialect.insertWithCommit(trx, inserts)
  parts.beforeCommit()
  return { changed, told }
}

/** Rows that are only added. */
const insertsOf = (outcomes: readonly Outcome[], withRows: readonly Outcome[], now: Millis): Insert[] =>
  [
    { table: 'attempts' as const, columns: ATTEMPT_COLUMNS, rows: withRows.flatMap(attemptRows) },
    { table: 'sent_messages' as const, columns: MESSAGE_COLUMNS, rows: outcomes.flatMap((outcome) => messageRows(outcome, now)) },
    { table: 'decisions' as const, columns: DECISION_COLUMNS, rows: outcomes.flatMap((outcome) => decisionRows(outcome, now)) },
  ].filter(({ rows }) => rows.length > 0)

const KEPT = new Set(['sent', 'logged'])
const ENDED = new Set(['sent', 'failed', 'suppressed', 'expired', 'logged'])

/** Returns the outcomes whose attempts need rows of their own: nearly all are first successes, which need none. */
async function updateDeliveries({ dialect, node }: RecordParts, trx: Trx, outcomes: readonly Outcome[], now: Millis): Promise<readonly Outcome[]> {
  const owner = node()
  // A cancel locks what is in hand in this order too.
  const sorted = outcomes.toSorted((a, b) => (a.delivery.id < b.delivery.id ? -1 : 1))
  const others = sorted.filter((one) => !isFirstSuccess(one))
  const inNoRow = await writeFirstSuccesses(dialect, trx, sorted.filter(isFirstSuccess), owner, now)
  if (others.length === 0) return inNoRow
  const rows = others.map(({ delivery, state, dueAt, hold, error, externalId, tries, postponed }) => ({
    id: delivery.id,
    lease: delivery.lease,
    state: codeOf(state),
    due_at: ENDED.has(state) ? null : (dueAt ?? now),
    held_for: hold === null ? null : HELD_FOR[hold.reason],
    held_until: hold === null ? null : hold.until,
    finished_at: ENDED.has(state) ? now : null,
    error_code: error?.code ?? null,
    error: error?.sentence ?? null,
    external_id: externalId,
    // The connection of a held delivery is chosen when its hold ends.
    connection_id: hold === null ? (tries.at(-1)?.connectionId ?? delivery.connectionId) : null,
    uncounted: postponed ? 1 : 0,
    owner,
  }))
  await dialect.update(trx, 'deliveries', UPDATE_COLUMNS, rows, OUTCOME)
  return [...others, ...inNoRow]
}

/** Before any delivery is, as a cancel does. */
async function lockEvents({ amongIds, locked }: Dialect, trx: Trx, ids: readonly string[]): Promise<void> {
  await trx.selectFrom('events').select('n').where('id', 'in', amongIds('evt', ids)).orderBy('id').modifyEnd(locked).execute()
}

/** Rare, so it is no column of every update. It is written first: afterwards the rows are no longer leased. */
async function keepSettled({ dialect, node }: RecordParts, trx: Trx, outcomes: readonly Outcome[]): Promise<void> {
  for (const { delivery, settled } of outcomes)
    if (settled !== null)
      await trx
        .updateTable('deliveries')
        .set({ settled: JSON.stringify(settled) })
        .where('id', '=', dialect.bytesOf('dlv', delivery.id))
        .where('state', '=', stateLit('sending'))
        .where('owner', '=', node())
        .where('lease', '=', delivery.lease)
        .execute()
}

const OUTCOME = {
  // Only what has not ended would go back: it ends with its event or its user instead.
  set: `state = case when r.finished_at is null and deliveries.cancelled_at is not null then ${codeOf('cancelled')} else r.state end,
    finished_at = coalesce(r.finished_at, deliveries.cancelled_at), due_at = coalesce(r.due_at, deliveries.due_at),
    held_for = case when deliveries.cancelled_at is null then r.held_for end, held_until = case when deliveries.cancelled_at is null then r.held_until end,
    error_code = coalesce(r.error_code, case when r.uncounted = 1 then deliveries.error_code end),
    error = coalesce(r.error, case when r.uncounted = 1 then deliveries.error end), external_id = r.external_id, connection_id = r.connection_id,
    attempts = deliveries.attempts - r.uncounted, crashes = case when r.uncounted = 1 then deliveries.crashes else 0 end, owner = null`,
  where: STILL_LEASED,
}

const UPDATE_COLUMNS: Columns = {
  id: 'id',
  lease: 'integer',
  state: 'integer',
  due_at: 'integer',
  held_for: 'text',
  held_until: 'integer',
  finished_at: 'integer',
  error_code: 'text',
  error: 'text',
  external_id: 'text',
  connection_id: 'text',
  uncounted: 'integer',
  owner: 'integer',
}
const ATTEMPT_COLUMNS: Columns = {
  delivery_id: 'id',
  n: 'integer',
  connection_id: 'text',
  at: 'integer',
  ms: 'integer',
  outcome: 'text',
  code: 'text',
  status: 'integer',
  detail: 'text',
  retry_at: 'integer',
}

const attemptRows = ({ delivery, tries, dueAt }: Outcome) =>
  tries.map((one) => ({
    delivery_id: delivery.id,
    n: delivery.attempts,
    connection_id: one.connectionId,
    at: one.at,
    ms: one.ms,
    outcome: one.outcome,
    code: one.code,
    status: one.status,
    detail: one.detail,
    retry_at: one.outcome === 'retry' ? dueAt : null,
  }))

const MESSAGE_COLUMNS: Columns = { delivery_id: 'id', body: 'text', at: 'integer' }
const messageRows = ({ delivery, state, message }: Outcome, now: Millis) =>
  message && KEPT.has(state) ? [{ delivery_id: delivery.id, body: pack(message), at: now }] : []

/** The decisions of the second check that differ from those of fan-out. */
function decisionRows({ delivery, state, hold, error }: Outcome, now: Millis): object[] {
  const row = { event_id: delivery.eventId, recipient: delivery.recipient, channel: delivery.channel, at: now }
  if (hold !== null) return [{ ...row, decision: 'hold', reason: hold.reason, detail: heldUntil(hold.until) }]
  if (state === 'suppressed') return [{ ...row, decision: 'skip', reason: error?.code ?? '', detail: `${delivery.id}: read again when the attempt began` }]
  return []
}

/** Applies the results of the tries, in their order, to the targets' rows as they are in the database: several nodes may report at once. */
async function updateHealth(parts: RecordParts, trx: Trx, outcomes: readonly Outcome[], now: Millis, notices: Notice[]): Promise<TargetHealth[]> {
  const reports = outcomes.flatMap(({ health }) => health).filter(({ target, error }) => error !== null || parts.isKnown(target))
  if (reports.length === 0) return []
  const before = await parts.health.forChange(trx, [...new Set(reports.map(({ target }) => target))].sort())
  const after = new Map<string, TargetHealth>()
  for (const { target, error, trouble, at, pauseMs, refusal } of reports) {
    const state = after.get(target) ?? before.get(target) ?? healthy(target)
    if (refusal !== undefined && error !== null) {
      const asks = oneVoiceIn(state, refusal)
      const forAll = asks === null || (await speaksForAll(trx, target, asks.voice, asks.recipients))
      const { health, putBack } = refusedAlike(state, refusal, error, now, parts.startedAt, forAll)
      after.set(target, health)
      await tryAgain(parts.dialect, trx, putBack, Math.max(health.blockedUntil ?? 0, now + MINUTE))
      continue
    }
    after.set(
      target,
      error === null
        ? succeeded(state, now)
        : pauseMs === undefined
          ? failed(state, error, now, parts.startedAt, at, trouble)
          : paused(state, error, now + pauseMs),
    )
  }
  const rows = [...after.values()]
  await parts.health.save(
    trx,
    rows.filter((row) => !isHealthy(row)),
    rows.filter(isHealthy).map(({ target }) => target),
  )
  for (const row of rows) {
    if (row.target.startsWith('con_')) {
      const notice = connectionNotice(before.get(row.target), row, now)
      if (notice !== null) notices.push(notice)
    } else await moveQueue(trx, row, before.get(row.target), now)
  }
  // Other nodes must stop using a connection that has just closed. They learn about destinations with their next look.
  if (rows.some((row) => row.target.startsWith('con_') && isNews(before.get(row.target), row, now))) await configChanged(parts.dialect, trx, 'health')
  return rows
}

const isNews = (before: TargetHealth | undefined, after: TargetHealth, now: Millis): boolean =>
  before === undefined ||
  isHealthy(after) ||
  before.alike?.blamed !== after.alike?.blamed ||
  (closedUntil(before, now) === null) !== (closedUntil(after, now) === null)

/** Deliveries that were given up for a fault of their connection wait for its next opening. A person's retry of one in between is kept, and so is a cancel. */
async function tryAgain(dialect: Dialect, trx: Trx, ids: string[], at: Millis): Promise<void> {
  if (ids.length === 0) return
  await trx
    .updateTable('deliveries')
    .set({ state: codeOf('queued'), due_at: at, finished_at: null, error_code: 'refused_alike', error: REFUSED_ALIKE })
    .where('id', 'in', dialect.amongIds('dlv', ids))
    .where('state', '=', stateLit('failed'))
    .where('cancelled_at', 'is', null)
    .execute()
}
const REFUSED_ALIKE = 'Refused with the same answer as other recipients before and after it, so the connection is taken to be at fault; it is tried again'

/** A destination that keeps failing gets one probe: its due deliveries move to the probe's time in one update, and back when it works. */
async function moveQueue(trx: Trx, row: TargetHealth, before: TargetHealth | undefined, now: Millis): Promise<void> {
  const probe = probeAt(row, now)
  const queued = trx.updateTable('deliveries').where('destination_id', '=', row.target).where('state', '=', stateLit('queued'))
  if (probe !== null) await queued.set({ due_at: probe }).where('due_at', '<', probe).execute()
  else if (row.failures === 0 && before !== undefined && before.failures > 0)
    await queued.set({ due_at: now }).where('due_at', '>', now).where('attempts', '=', 0).execute()
}

/** Small texts stay uncompressed: compressing them costs more than it saves. */
function pack(message: Message): string {
  const { event: _, ...kept } = message
  const json = JSON.stringify(kept)
  return json.length < 1024 ? json : deflateRawSync(json, { level: 1 }).toString('base64')
}
