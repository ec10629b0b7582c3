import { Type } from 'typebox'
import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { AnyObject, Optional, Strict } from './schemas/base.ts'
import * as schemas from './schemas/catalogue.ts'

const Params = Strict({ id: Type.String({ maxLength: 64 }) })
/** A connection with a destination needs no body. */
const TestBody = Type.Union([Type.Null(), Strict({ to: Optional(AnyObject) })])

export function connectionTestRoutes(app: App, { connections }: Pick<Services, 'connections'>): void {
  const manage = { config: { scope: 'manage' } } as const

  app.post('/v1/connections/test', { ...manage, schema: { body: schemas.ConnectionTestInput, response: { 200: schemas.ConnectionTest } } }, (request) =>
    connections.testUnsaved(askerOf(request), request.body),
  )

  app.post('/v1/connections/:id/test', { ...manage, schema: { params: Params, body: TestBody, response: { 200: schemas.ConnectionTest } } }, (request) =>
    connections.test(askerOf(request), request.params.id, request.body?.to),
  )

  app.post('/v1/connections/test-all', { ...manage, schema: { response: { 200: schemas.ConnectionTestPage } } }, async (request) => ({
    items: await connections.testAll(askerOf(request)),
    nextCursor: null,
  }))
}
