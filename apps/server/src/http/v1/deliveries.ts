import { Type } from 'typebox'
import { invalidField } from '../../errors.ts'
import type { Services } from '../../services/services.ts'
import { type App, pageOf, sliceOf } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { periodOf } from '../requests/period.ts'
import { presentDelivery, presentWithAttempts } from './present.ts'
import { Optional, PageQuery, Strict } from './schemas/base.ts'
import * as schemas from './schemas/deliveries.ts'
import { DeliveryState } from './schemas/words.ts'

const Params = Strict({ id: Type.String({ maxLength: 64 }) })
/** `status` is the older name of `state`. */
const Query = Strict({ ...PageQuery, state: Optional(DeliveryState), status: Optional(DeliveryState), ...schemas.filter })

export function deliveryRoutes(app: App, { deliveries }: Pick<Services, 'deliveries'>): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const

  app.get('/v1/deliveries', { ...read, schema: { querystring: Query, response: { 200: schemas.DeliveryPage } } }, async ({ query }) => {
    const { limit: _limit, cursor: _cursor, state, status = state, since: _since, until: _until, ...filter } = query
    if (state !== undefined && state !== status) throw invalidField('/query/status', 'is the older name of state: give one of them')
    return pageOf(await deliveries.list({ ...filter, ...(status !== undefined && { status }), ...periodOf(query, '/query') }, sliceOf(query)), presentDelivery)
  })

  app.get('/v1/deliveries/:id', { ...read, schema: { params: Params, response: { 200: schemas.Delivery } } }, async ({ params: { id } }) =>
    presentWithAttempts(await deliveries.get(id)),
  )

  app.post('/v1/deliveries/:id/retry', { ...manage, schema: { params: Params, response: { 200: schemas.Delivery } } }, async (request) =>
    presentWithAttempts(await deliveries.retry(askerOf(request), request.params.id)),
  )

  app.post('/v1/deliveries/retry', { ...manage, schema: { body: schemas.RetryQuery, response: { 200: schemas.Retried } } }, (request) => {
    const { since: _since, until: _until, ...filter } = request.body
    return deliveries.retryAll(askerOf(request), { ...filter, ...periodOf(request.body, '') })
  })
}
