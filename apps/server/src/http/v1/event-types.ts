import type { EventTypeInput } from '@carillon/client'
import type { EventType } from '../../domain/event-type.ts'
import { CarillonError } from '../../errors.ts'
import type { EventTypeStore } from '../../storage/catalogue/event-types.ts'
import { type App, byOf, found, pageOf, sliceOf } from '../app.ts'
import type { PipelinePort } from '../ports.ts'
import { Key, NoContent, PageQuery, Strict } from './schemas/base.ts'
import * as schemas from './schemas/catalogue.ts'

export interface EventTypeParts {
  pipeline: Pick<PipelinePort, 'checkEventType'>
  eventTypes: Pick<EventTypeStore, 'put' | 'remove'>
  catalogue: {
    /** Everything known: from code and over the API. */
    all(): EventType[]
    /** Reads the store again, so that the next request on this node sees what this one changed. */
    reload(): Promise<void>
  }
}

const Params = Strict({ key: Key })

export function eventTypeRoutes(app: App, { pipeline, eventTypes, catalogue }: EventTypeParts): void {
  const read = { config: { scope: 'read' } } as const
  const manage = { config: { scope: 'manage' } } as const
  const sorted = () => catalogue.all().sort((a, b) => (a.key < b.key ? -1 : 1))

  app.get('/v1/event-types', { ...read, schema: { querystring: Strict(PageQuery), response: { 200: schemas.EventTypePage } } }, async ({ query }) => {
    const { limit, after } = sliceOf(query)
    const rest = sorted().filter(({ key }) => after === null || key > after)
    const rows = rest.slice(0, limit)
    return pageOf({ rows, next: rest.length > limit ? rows[limit - 1]!.key : null }, (entry) => entry)
  })

  app.get('/v1/event-types/:key', { ...read, schema: { params: Params, response: { 200: schemas.EventType } } }, async ({ params: { key } }) =>
    found(catalogue.all().find((entry) => entry.key === key)),
  )

  app.put(
    '/v1/event-types/:key',
    { ...manage, schema: { params: Params, body: schemas.EventTypeInput, response: { 200: schemas.EventType } } },
    async (request) => {
      const eventType = withDefaults(request.params.key, request.body)
      const errors = await pipeline.checkEventType(eventType)
      if (errors[0]) throw new CarillonError('invalid_field', { detail: `${errors[0].pointer} ${errors[0].message}`, errors })
      await eventTypes.put(eventType, byOf(request))
      await catalogue.reload()
      return eventType
    },
  )

  app.delete('/v1/event-types/:key', { ...manage, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    found(await eventTypes.remove(request.params.key, byOf(request)))
    await catalogue.reload()
    return reply.code(204).send(null)
  })
}

const withDefaults = (key: string, input: EventTypeInput): EventType => ({
  name: key,
  category: 'general',
  priority: 'medium',
  severity: 'info',
  critical: false,
  essential: false,
  confirms: false,
  tagFiltered: true,
  locked: [],
  templates: {},
  locale: 'en',
  ...input,
  key,
})
