import { toIso } from '../../domain/time.ts'
import { found } from '../../errors.ts'
import type { Services } from '../../services/services.ts'
import { type App, pageOf, sliceOf } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { presentUser } from './present.ts'
import { NoContent, PageQuery, Strict, UserId } from './schemas/base.ts'
import * as schemas from './schemas/people.ts'

const Params = Strict({ id: UserId })

export function userRoutes(app: App, { users }: Pick<Services, 'users'>): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const

  app.get('/v1/users', { ...read, schema: { querystring: Strict(PageQuery), response: { 200: schemas.UserPage } } }, async ({ query }) =>
    pageOf(await users.list(sliceOf(query)), presentUser),
  )

  app.get('/v1/users/:id', { ...read, schema: { params: Params, response: { 200: schemas.User } } }, async ({ params: { id } }) =>
    presentUser(found(await users.get(id))),
  )

  app.put('/v1/users/:id', { ...manage, schema: { params: Params, body: schemas.UserInput, response: { 200: schemas.User } } }, async (request) =>
    presentUser(await users.put(askerOf(request), { id: request.params.id, ...request.body })),
  )

  app.post('/v1/users/batch', { ...manage, schema: { body: schemas.UsersBatch, response: { 200: schemas.UsersStored } } }, (request) =>
    users.putAll(askerOf(request), request.body.users),
  )

  app.delete('/v1/users/:id', { ...manage, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    await users.remove(askerOf(request), request.params.id)
    return reply.code(204).send(null)
  })

  app.post(
    '/v1/users/:id/tokens',
    { config: { scope: 'tokens', concerns: 'id' }, schema: { params: Params, body: schemas.UserTokenInput, response: { 201: schemas.UserToken } } },
    async (request, reply) => {
      const { token, expiresAt } = await users.issueToken(askerOf(request), request.params.id, request.body.expiresIn)
      reply.code(201)
      return { token, expiresAt: toIso(expiresAt) }
    },
  )
}
