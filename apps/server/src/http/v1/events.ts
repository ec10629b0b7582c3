import { Type } from 'typebox'
import type { BatchResult } from '../../domain/report.ts'
import { toIso } from '../../domain/time.ts'
import { folded, isAskedFor } from '../../domain/trace.ts'
import type { CarillonError } from '../../errors.ts'
import { found } from '../../errors.ts'
import type { Services } from '../../services/services.ts'
import { type App, pageOf, sliceOf } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { hopsIn } from '../requests/hops.ts'
import { idempotencyOf } from '../requests/idempotency.ts'
import { periodOf } from '../requests/period.ts'
import { presentDecision, presentDelivery, presentEvent } from './present.ts'
import { toMessageReport, toReport } from './report.ts'
import { Optional, PageQuery, PeriodQuery, Strict, UserId } from './schemas/base.ts'
import * as schemas from './schemas/events.ts'
import { EventState } from './schemas/words.ts'

const Id = Strict({ id: Type.String({ maxLength: 64 }) })
const TraceQuery = Strict({ ...PageQuery, ...schemas.TraceFilter })
const ExplainQuery = Strict(schemas.TraceFilter)
const EventQuery = Strict({
  ...PageQuery,
  type: Optional(Type.String({ maxLength: 128 })),
  state: Optional(EventState),
  user: Optional(UserId),
  ...PeriodQuery,
})
/** How many deliveries an event shows by default. */
const SHOWN = 200

export function eventRoutes(app: App, { events, deliveries }: Pick<Services, 'events' | 'deliveries'>): void {
  const scope = { config: { scope: 'events' } } as const
  const report = { config: { scope: 'events', hops: true } } as const
  const accepted = { 202: schemas.Accepted }

  app.post('/v1/events', { ...report, schema: { body: schemas.EventReport, response: accepted } }, async (request, reply) => {
    const { id, replayed } = await events.report(askerOf(request), { ...toReport(request.body), ...hopsIn(request) }, idempotencyOf(request))
    if (replayed) reply.header('idempotency-replayed', 'true')
    reply.code(202)
    return { id }
  })

  app.post('/v1/notifications', { ...report, schema: { body: schemas.NotificationReport, response: accepted } }, async (request, reply) => {
    const { id, replayed } = await events.report(askerOf(request), { ...toMessageReport(request.body), ...hopsIn(request) }, idempotencyOf(request))
    if (replayed) reply.header('idempotency-replayed', 'true')
    reply.code(202)
    return { id }
  })

  app.post('/v1/events/batch', { ...report, schema: { body: schemas.Batch, response: { 202: schemas.BatchAccepted } } }, async (request, reply) => {
    const hops = hopsIn(request)
    const reports = request.body.events.map((report) => ({ ...toReport(report), ...hops }))
    const { results, replayed } = await events.reportBatch(askerOf(request), reports, idempotencyOf(request))
    if (replayed) reply.header('idempotency-replayed', 'true')
    reply.code(202)
    return { items: results.map(presentResult) }
  })

  const explained = {
    description: 'Of more than 200 recipients the first 200; there is no further page.',
    querystring: ExplainQuery,
    body: schemas.EventReport,
  }
  app.post('/v1/explain', { ...scope, schema: { ...explained, response: { 200: schemas.Trace } } }, async (request) => {
    const { fold = false, ...filter } = request.query
    const decisions = (await events.explain(askerOf(request), toReport(request.body))).filter((one) => isAskedFor(one, filter))
    return { eventId: null, items: (fold ? folded(decisions) : decisions).map(presentDecision), nextCursor: null }
  })

  const read = { config: { scope: 'read' } } as const
  app.get('/v1/events', { ...read, schema: { querystring: EventQuery, response: { 200: schemas.EventPage } } }, async ({ query }) => {
    const { limit: _limit, cursor: _cursor, since: _since, until: _until, ...filter } = query
    return pageOf(await events.events({ ...filter, ...periodOf(query, '/query'), ...sliceOf(query) }), presentEvent)
  })

  app.get('/v1/events/:id', { ...read, schema: { params: Id, response: { 200: schemas.EventDetail } } }, async ({ params: { id } }) => {
    const { event, notifications } = found(await events.event(id))
    const { rows } = await deliveries.list({ event: id }, { limit: SHOWN, after: null })
    return {
      ...presentEvent(event),
      notifications: notifications.map(({ id, userId, visible, createdAt, readAt }) => ({
        id,
        user: userId,
        visible,
        createdAt: toIso(createdAt),
        readAt: readAt === null ? null : toIso(readAt),
      })),
      deliveries: rows.map(presentDelivery),
    }
  })

  app.get(
    '/v1/events/:id/trace',
    { ...read, schema: { params: Id, querystring: TraceQuery, response: { 200: schemas.Trace } } },
    async ({ params: { id }, query }) => {
      const { limit: _limit, cursor: _cursor, fold = false, ...filter } = query
      const { rows, next } = found(await events.trace(id, { ...filter, ...sliceOf(query) }))
      return { eventId: id, ...pageOf({ rows: fold ? folded(rows) : rows, next }, presentDecision) }
    },
  )

  app.delete('/v1/events/:id', { ...scope, schema: { params: Id, response: { 200: schemas.Cancelled } } }, (request) =>
    events.cancel(askerOf(request), request.params.id),
  )
}

function presentResult(result: BatchResult<CarillonError>) {
  if ('id' in result) return result
  const { code, status, message, errors } = result.error
  return { error: { code, status, detail: message, errors } }
}
