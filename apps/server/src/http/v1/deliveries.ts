import { Type } from 'typebox'
import { invalidField } from '../../errors.ts'
import type { DeliveryAdmin } from '../../storage/operations/deliveries-admin.ts'
import { type App, byOf, found, pageOf, sliceOf } from '../app.ts'
import type { PipelinePort } from '../ports.ts'
import type { ConnectionParts } from './connections.ts'
import { presentDelivery, presentWithAttempts } from './present.ts'
import { Optional, PageQuery, Strict } from './schemas/base.ts'
import * as schemas from './schemas/deliveries.ts'
import { DeliveryState } from './schemas/words.ts'

const Params = Strict({ id: Type.String({ maxLength: 64 }) })
const Query = Strict({ ...PageQuery, status: Optional(DeliveryState), ...schemas.filter })

export interface DeliveryParts extends Pick<ConnectionParts, 'connections' | 'builtIn'> {
  deliveries: DeliveryAdmin
  pipeline: Pick<PipelinePort, 'wake'>
}

export function deliveryRoutes(app: App, { deliveries, pipeline, connections, builtIn }: DeliveryParts): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const

  app.get('/v1/deliveries', { ...read, schema: { querystring: Query, response: { 200: schemas.DeliveryPage } } }, async ({ query }) => {
    const { limit: _limit, cursor: _cursor, ...filter } = query
    return pageOf(await deliveries.list(filter, sliceOf(query)), presentDelivery)
  })

  app.get('/v1/deliveries/:id', { ...read, schema: { params: Params, response: { 200: schemas.Delivery } } }, async ({ params: { id } }) =>
    presentWithAttempts(found(await deliveries.get(id))),
  )

  app.post('/v1/deliveries/:id/retry', { ...manage, schema: { params: Params, response: { 200: schemas.Delivery } } }, async (request) => {
    const { id } = request.params
    found(await deliveries.retry(id, byOf(request)))
    pipeline.wake()
    return presentWithAttempts(found(await deliveries.get(id)))
  })

  app.post('/v1/deliveries/retry', { ...manage, schema: { body: schemas.RetryQuery, response: { 200: schemas.Retried } } }, async (request) => {
    const { dryRun = false, ...filter } = request.body
    const retried = await deliveries.retryAll(filter, dryRun, byOf(request))
    // What one that was removed left behind can be retried; without that, the id is misspelt.
    const { connection } = filter
    if (retried === 0 && connection !== undefined && (builtIn(connection) ?? (await connections.get(connection))) === null)
      throw invalidField('/connection', 'is not a known connection')
    if (!dryRun) pipeline.wake()
    return { retried, dryRun }
  })
}
