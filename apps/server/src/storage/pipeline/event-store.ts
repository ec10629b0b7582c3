import type { Event, EventState } from '../../domain/event.ts'
import { PRIORITIES, type Severity } from '../../domain/event-type.ts'
import type { StoredEvent } from '../../domain/stored.ts'
import type { NewTask } from '../../domain/task.ts'
import type { Millis } from '../../domain/time.ts'
import type { Columns, Dialect, Insert } from '../dialects/dialect.ts'
import { insertRows } from '../rows.ts'
import type { Db, EventsTable, Trx } from '../schema.ts'
import type { EventNumbers } from './event-numbers.ts'
import { createNumbers, type Numbers } from './numbers.ts'

const EVENT_COLUMNS: Columns = {
  id: 'id',
  n: 'integer',
  type: 'text',
  audience: 'text',
  data: 'text',
  sensitive: 'text',
  actor: 'text',
  channels: 'text',
  dedup_key: 'text',
  tags: 'text',
  severity: 'text',
  priority: 'integer',
  url: 'text',
  send_at: 'integer',
  expires_at: 'integer',
  accepted_at: 'integer',
  hops: 'integer',
  place: 'text',
  reporter: 'text',
  state: 'text',
}

export type Enqueue = (trx: Trx, tasks: NewTask[]) => Promise<void>

/** Stores events and their tasks in the caller's transaction. */
export async function insertEvents(
  dialect: Dialect,
  trx: Trx,
  enqueue: Enqueue,
  events: Event[],
  numbers: Numbers = createNumbers(dialect, trx),
): Promise<void> {
  if (events.length === 0) return
  const drawn = await numbers.take(events.length)
  const rows = events.map((event, i) => ({ ...toRow(event), n: drawn[i]! }))
  await insertRows(dialect, trx, 'events', EVENT_COLUMNS, rows)
  await enqueue(
    trx,
    events.map((event) => ({
      name: 'fan-out',
      ref: event.id,
      priority: PRIORITIES.indexOf(event.priority),
      ...(event.sendAt === null ? {} : { dueAt: event.sendAt }),
    })),
  )
}

/** Events that were planned in the transaction that stores them, with the numbers that the rows of their plans name. */
export const plannedEvents = (events: readonly Event[], numberOf: (eventId: string) => number, now: Millis): Insert => ({
  table: 'events',
  columns: { ...EVENT_COLUMNS, planned_at: 'integer' },
  rows: events.map((event) => ({ ...toRow(event), n: numberOf(event.id), state: 'planned', planned_at: now })),
})

/** Events with their public ids. */
export const selectEvents = ({ publicId }: Pick<Dialect, 'publicId'>, from: Db | Trx) =>
  from
    .selectFrom('events')
    .select([...READ])
    .select(publicId('evt', 'events.id').as('id'))

const READ = [
  'n',
  'type',
  'audience',
  'data',
  'sensitive',
  'actor',
  'channels',
  'dedup_key',
  'tags',
  'severity',
  'priority',
  'url',
  'send_at',
  'expires_at',
  'accepted_at',
  'hops',
  'place',
  'reporter',
  'state',
  'cursor',
  'planned_at',
] as const satisfies readonly (keyof EventsTable)[]

/** A row as `selectEvents` gives it. */
export type EventRow = Omit<EventsTable, 'id'> & { id: string }

export function createEventStore(dialect: Dialect, numbers: EventNumbers) {
  return {
    async find(ids: string[]): Promise<Map<string, StoredEvent & { cursor: string | null }>> {
      const rows = await selectEvents(dialect, dialect.db).where('events.id', 'in', dialect.amongIds('evt', ids)).execute()
      for (const { id, n } of rows) numbers.remember(id, n)
      return new Map(rows.map((row) => [row.id, { ...toEvent(row), state: row.state as EventState, cursor: row.cursor }]))
    },
  }
}

const toRow = (event: Event): Omit<EventRow, 'n' | 'cursor' | 'planned_at'> => ({
  id: event.id,
  type: event.type,
  audience: JSON.stringify(event.to),
  data: JSON.stringify(event.data),
  sensitive: event.sensitive,
  actor: event.actor,
  channels: event.channels === null ? null : JSON.stringify(event.channels),
  dedup_key: event.dedupKey,
  tags: JSON.stringify(event.tags),
  severity: event.severity,
  priority: PRIORITIES.indexOf(event.priority),
  url: event.url,
  send_at: event.sendAt,
  expires_at: event.expiresAt,
  accepted_at: event.acceptedAt,
  hops: event.hops === 0 ? null : event.hops,
  place: event.place,
  reporter: event.reporter,
  state: event.sendAt === null ? 'accepted' : 'scheduled',
})

export const toEvent = (row: EventRow): Event => ({
  id: row.id,
  type: row.type,
  to: JSON.parse(row.audience),
  data: JSON.parse(row.data),
  sensitive: row.sensitive,
  actor: row.actor,
  channels: row.channels === null ? null : JSON.parse(row.channels),
  dedupKey: row.dedup_key,
  tags: JSON.parse(row.tags),
  severity: row.severity as Severity,
  priority: PRIORITIES[row.priority] ?? 'medium',
  url: row.url,
  sendAt: row.send_at,
  expiresAt: row.expires_at,
  acceptedAt: row.accepted_at,
  hops: row.hops ?? 0,
  place: row.place,
  reporter: row.reporter,
})
