import { Type } from 'typebox'
import type { Services } from '../../services/services.ts'
import { type App, pageOf, sliceOf } from '../app.ts'
import { askerOf } from '../caller.ts'
import { presentDelivery, presentWithAttempts } from './present.ts'
import { Optional, PageQuery, Strict } from './schemas/base.ts'
import * as schemas from './schemas/deliveries.ts'
import { DeliveryState } from './schemas/words.ts'

const Params = Strict({ id: Type.String({ maxLength: 64 }) })
const Query = Strict({ ...PageQuery, status: Optional(DeliveryState), ...schemas.filter })

export function deliveryRoutes(app: App, { deliveries }: Pick<Services, 'deliveries'>): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const

  app.get('/v1/deliveries', { ...read, schema: { querystring: Query, response: { 200: schemas.DeliveryPage } } }, async ({ query }) => {
    const { limit: _limit, cursor: _cursor, ...filter } = query
    return pageOf(await deliveries.list(filter, sliceOf(query)), presentDelivery)
  })

  app.get('/v1/deliveries/:id', { ...read, schema: { params: Params, response: { 200: schemas.Delivery } } }, async ({ params: { id } }) =>
    presentWithAttempts(await deliveries.get(id)),
  )

  app.post('/v1/deliveries/:id/retry', { ...manage, schema: { params: Params, response: { 200: schemas.Delivery } } }, async (request) =>
    presentWithAttempts(await deliveries.retry(askerOf(request), request.params.id)),
  )

  app.post('/v1/deliveries/retry', { ...manage, schema: { body: schemas.RetryQuery, response: { 200: schemas.Retried } } }, (request) =>
    deliveries.retryAll(askerOf(request), request.body),
  )
}
