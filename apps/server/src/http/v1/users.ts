import { SECOND, toIso } from '../../domain/time.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { UserTokens } from '../../security/user-tokens.ts'
import type { UserPatch, UserStore } from '../../storage/people/users.ts'
import { type App, byOf, found, pageOf, sliceOf } from '../app.ts'
import { presentUser } from './present.ts'
import { NoContent, PageQuery, Strict, UserId } from './schemas/base.ts'
import * as schemas from './schemas/people.ts'

export interface UserParts {
  users: UserStore
  userTokens: Pick<UserTokens, 'issue'>
}

const Params = Strict({ id: UserId })
const HOUR_IN_SECONDS = 3600

export function userRoutes(app: App, { users, userTokens }: UserParts): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const

  app.get('/v1/users', { ...read, schema: { querystring: Strict(PageQuery), response: { 200: schemas.UserPage } } }, async ({ query }) =>
    pageOf(await users.list(sliceOf(query)), presentUser),
  )

  app.get('/v1/users/:id', { ...read, schema: { params: Params, response: { 200: schemas.User } } }, async ({ params: { id } }) =>
    presentUser(found(await users.get(id))),
  )

  app.put(
    '/v1/users/:id',
    { ...manage, schema: { params: Params, body: schemas.UserInput, response: { 200: schemas.User } } },
    async ({ params: { id }, body }) => {
      await users.put([{ id, ...body }])
      return presentUser(found(await users.get(id)))
    },
  )

  app.post('/v1/users/batch', { ...manage, schema: { body: schemas.UsersBatch, response: { 200: schemas.UsersStored } } }, ({ body }) => {
    refuseRepeated(body.users)
    return users.put(body.users)
  })

  app.delete('/v1/users/:id', { ...manage, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await users.remove(request.params.id, byOf(request)))
    return reply.code(204).send(null)
  })

  app.post(
    '/v1/users/:id/tokens',
    { config: { scope: 'tokens' }, schema: { params: Params, body: schemas.UserTokenInput, response: { 201: schemas.UserToken } } },
    async ({ params: { id }, body }, reply) => {
      const known = await users.get(id)
      if (known === undefined) await users.put([{ id }])
      else if (known.active === 0)
        throw new CarillonError('conflict', { detail: 'This user is inactive; PUT /v1/users/:id with {"active": true} comes first.' })
      const { token, expiresAt } = await userTokens.issue(id, (body.expiresIn ?? HOUR_IN_SECONDS) * SECOND)
      reply.code(201)
      return { token, expiresAt: toIso(expiresAt) }
    },
  )
}

function refuseRepeated(rows: readonly UserPatch[]): void {
  const seen = new Set<string>()
  rows.forEach(({ id }, i) => {
    if (seen.has(id)) throw invalidField(`/users/${i}/id`, 'is in this batch already')
    seen.add(id)
  })
}
