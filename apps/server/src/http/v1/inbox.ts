import type { FastifyRequest } from 'fastify'
import type { Rows, Slice } from '../../domain/page.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { Counts, InboxItem, InboxRow } from '../../inbox/item.ts'
import type { InboxFilter, Mark, MarkAction } from '../../inbox/marks.ts'
import { type App, pageOf, sliceOf } from '../app.ts'
import { userOf } from '../callers/caller.ts'
import { createStreamGate, type StreamParts } from '../streams/gate.ts'
import { sseRoute } from '../streams/sse.ts'
import { ticketRoute } from '../streams/tickets.ts'
import { wsRoute } from '../streams/ws.ts'
import { NoContent } from './schemas/base.ts'
import {
  BulkDone,
  BulkInput,
  InboxCounts,
  InboxPage,
  InboxQuery,
  InboxItem as Item,
  ItemParams,
  NoBody,
  ReadAllDone,
  ReadAllInput,
  SnoozeInput,
} from './schemas/inbox.ts'

export interface InboxParts extends StreamParts {
  reads: {
    page(userId: string, filter: InboxFilter, slice: Slice): Promise<Rows<InboxRow>>
    counts(userIds: readonly string[]): Promise<Map<string, Counts>>
  }
  marks: {
    /** Throws `not_found` with pointers into `ids`. */
    mark(userId: string, ids: string[], mark: Mark): Promise<InboxRow[]>
    /** Returns how many were marked. */
    readAll(userId: string, filter: Pick<InboxFilter, 'category' | 'type'>): Promise<number>
  }
  present: (row: InboxRow) => Promise<InboxItem>
  clock: Clock
}

/** The user's own inbox: list, counts, marks, and the streams of its changes. */
export async function inboxRoutes(app: App, parts: InboxParts): Promise<void> {
  const own = { config: { own: true } } as const
  const { reads, marks, present, clock } = parts
  const show = (rows: InboxRow[]): Promise<InboxItem[]> => Promise.all(rows.map(present))
  const countsOf = async (userId: string) => (await reads.counts([userId])).get(userId)!

  app.get('/v1/inbox', { ...own, schema: { querystring: InboxQuery, response: { 200: InboxPage } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query
    const slice = sliceOf({ ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) })
    const { rows, next } = await reads.page(userOf(request), filter, slice)
    return pageOf({ rows: await show(rows), next }, (item) => item)
  })

  app.get('/v1/inbox/counts', { ...own, schema: { response: { 200: InboxCounts } } }, (request) => countsOf(userOf(request)))

  async function markOne(request: FastifyRequest, id: string, mark: Mark): Promise<InboxItem> {
    const [row] = await marks.mark(userOf(request), [id], mark).catch(withoutPointers)
    if (row === undefined) throw new CarillonError('not_found')
    return present(row)
  }

  for (const action of ['read', 'unread', 'seen', 'archive', 'unarchive'] as const)
    app.post(`/v1/inbox/:id/${action}`, { ...own, schema: { params: ItemParams, body: NoBody, response: { 200: Item } } }, (request) =>
      markOne(request, request.params.id, { action }),
    )

  app.post('/v1/inbox/:id/snooze', { ...own, schema: { params: ItemParams, body: SnoozeInput, response: { 200: Item } } }, (request) =>
    markOne(request, request.params.id, { action: 'snooze', until: wakeTime(request.body.until, clock()) }),
  )

  app.delete('/v1/inbox/:id', { ...own, schema: { params: ItemParams, response: { 204: NoContent } } }, async (request, reply) => {
    await marks.mark(userOf(request), [request.params.id], { action: 'delete' }).catch(withoutPointers)
    return reply.code(204).send(null)
  })

  app.post('/v1/inbox/bulk', { ...own, schema: { body: BulkInput, response: { 200: BulkDone } } }, async (request) => {
    const { ids, action, until } = request.body
    const rows = await marks.mark(userOf(request), ids, markOf(action, until, clock()))
    return { items: await show(rows) }
  })

  app.post('/v1/inbox/read-all', { ...own, schema: { body: ReadAllInput, response: { 200: ReadAllDone } } }, async (request) => {
    const userId = userOf(request)
    const updated = await marks.readAll(userId, request.body ?? {})
    return { updated, counts: await countsOf(userId) }
  })

  // This hook runs before the server waits for its connections: a stream would never end by itself.
  app.addHook('preClose', async () => parts.feed.close())
  const gate = createStreamGate(parts)
  ticketRoute(app, parts)
  sseRoute(app, parts, gate)
  await wsRoute(app, parts, gate)
}

function markOf(action: MarkAction, until: string | null | undefined, now: Millis): Mark {
  if (action !== 'snooze') {
    if (until !== undefined) throw invalidField('/until', 'belongs to the action snooze only')
    return { action }
  }
  if (until === undefined) throw invalidField('/until', 'is needed by the action snooze')
  return { action, until: wakeTime(until, now) }
}

function wakeTime(until: string | null, now: Millis): Millis | null {
  if (until === null) return null
  const at = Date.parse(until)
  if (at <= now) throw invalidField('/until', 'must be in the future; null ends a snooze')
  return at
}

/** The id is in the path and not in a body. */
function withoutPointers(error: unknown): never {
  throw error instanceof CarillonError && error.code === 'not_found' ? new CarillonError('not_found') : error
}
