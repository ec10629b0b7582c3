import type { SubscribersInput } from '@carillon/client'
import { isAddressId } from '../../domain/address-id.ts'
import { shownAddress } from '../../domain/host.ts'
import { toIso } from '../../domain/time.ts'
import { found } from '../../errors.ts'
import type { Services } from '../../services/services.ts'
import type { NewMember, SubscriberRow } from '../../services/topics.ts'
import { type App, pageOf, sliceOf } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { presentTopic } from './present.ts'
import { toUser } from './report.ts'
import { Key, NoContent, PageQuery, Strict } from './schemas/base.ts'
import * as schemas from './schemas/people.ts'

const Params = Strict({ key: Key })

export function topicRoutes(app: App, { topics }: Pick<Services, 'topics'>): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const

  app.get('/v1/topics', { ...read, schema: { querystring: Strict(PageQuery), response: { 200: schemas.TopicPage } } }, async ({ query }) =>
    pageOf(await topics.list(sliceOf(query)), presentTopic),
  )

  app.get('/v1/topics/:key', { ...read, schema: { params: Params, response: { 200: schemas.Topic } } }, async ({ params: { key } }) =>
    presentTopic(found(await topics.get(key))),
  )

  app.put('/v1/topics/:key', { ...manage, schema: { params: Params, body: schemas.TopicInput, response: { 200: schemas.Topic } } }, async (request) => {
    const { key } = request.params
    await topics.put(askerOf(request), key, request.body)
    return presentTopic(found(await topics.get(key)))
  })

  app.delete('/v1/topics/:key', { ...manage, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await topics.remove(askerOf(request), request.params.key))
    return reply.code(204).send(null)
  })

  app.get(
    '/v1/topics/:key/subscribers',
    { ...read, schema: { params: Params, querystring: Strict(PageQuery), response: { 200: schemas.SubscriberPage } } },
    async ({ params: { key }, query }) => {
      found(await topics.get(key))
      return pageOf(await topics.subscribers(key, sliceOf(query)), presentSubscriber)
    },
  )

  app.post(
    '/v1/topics/:key/subscribers',
    { ...manage, schema: { params: Params, body: schemas.SubscribersInput, response: { 200: schemas.SubscribersChanged } } },
    async (request) => {
      const { add = [], remove = [] } = request.body
      return found(await topics.change(askerOf(request), request.params.key, add.map(toMember), remove.map(toMember)))
    },
  )
}

type Entry = NonNullable<SubscribersInput['add']>[number]

function toMember(entry: Entry): NewMember {
  if (typeof entry === 'string') return { kind: 'user', id: entry }
  return 'user' in entry ? toUser(entry) : { kind: 'address', ...entry }
}

const presentSubscriber = ({ member, email, created_at }: SubscriberRow) => ({
  member,
  user: isAddressId(member) ? null : member,
  email: email && shownAddress(email),
  since: toIso(created_at),
})
