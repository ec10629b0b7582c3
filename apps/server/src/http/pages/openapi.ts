import type { SwaggerOptions } from '@fastify/swagger'
import type { FastifySchema, RouteOptions } from 'fastify'
import { MOST_HOPS } from '../../domain/hops.ts'
import type { ErrorCode } from '../../errors.ts'
import { type Access, accessOf, SECURITY_SCHEMES, securityOf } from '../callers/access.ts'
import { FRAME_ID } from '../streams/positions.ts'
import { ROUTE_WORDS, type RouteWords, TAGS } from './route-words.ts'

/** OpenAPI 3.1, generated from the schemas that validate requests, so it cannot differ from the hub's behaviour. Words: route-words.ts. */
export const openapi: SwaggerOptions = {
  openapi: {
    openapi: '3.1.1',
    info: {
      title: 'Carillon',
      version: '1',
      description: 'A notification hub: report what happened; it decides who is notified and where, delivers it, and can explain why.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The hub that serves this document' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    components: { securitySchemes: SECURITY_SCHEMES },
  },
  refResolver: { buildLocalReference: (json, _base, _fragment, i) => (typeof json['$id'] === 'string' ? json['$id'] : `def-${i}`) },
  transform: ({ schema, url, route }) => ({ url, schema: described(schema ?? {}, route) }),
  transformObject(given) {
    if (!('openapiObject' in given)) throw new Error('Only OpenAPI 3 is made here')
    for (const [path, methods] of Object.entries(given.openapiObject.paths ?? {}))
      for (const [method, operation] of Object.entries(methods ?? {}))
        complete(operation, ROUTE_WORDS[`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`]?.example)
    return given.openapiObject
  },
}

/** The schema of a route with everything that only the document needs. */
function described(schema: FastifySchema, route: RouteOptions): FastifySchema {
  const words: RouteWords | undefined = ROUTE_WORDS[`${String(route.method)} ${route.url}`]
  const access = accessOf(`${String(route.method)} ${route.url}`, route.config)
  const headers = headersOf(route, access)
  const scope = access.kind === 'scope' ? access.scope : access.kind === 'own' ? 'act' : undefined
  return {
    ...schema,
    // The WebSocket plugin hides its routes.
    ...(words === undefined ? {} : { hide: false, operationId: words.id, summary: words.summary, tags: [words.tag] }),
    description: [schema.description, words?.about, NEEDS[access.kind](scope)].filter((text) => text !== undefined).join(' '),
    security: securityOf(access),
    ...(headers === undefined ? {} : { headers }),
    ...(scope === undefined ? {} : { 'x-scope': scope }),
    response: { ...(isObject(schema.response) ? schema.response : {}), ...refusalsOf(schema, route, access) },
  }
}

const NEEDS: Record<Access['kind'], (scope: string | undefined) => string | undefined> = {
  public: () => 'Needs no key.',
  own: () => 'Needs a user token, or a key with the scope `act` and the header `Carillon-User`.',
  scope: (scope) => `Needs a key with the scope \`${scope}\`.`,
}

/** Headers are checked by hand and not by a schema, so they stand here. */
function headersOf({ method, config }: RouteOptions, access: Access): object | undefined {
  const properties = {
    ...(access.kind === 'own' && {
      'Carillon-User': { type: 'string', description: 'With a key: the id of the user for whom it acts, UTF-8 or percent-encoded; a % itself is %25' },
    }),
    ...(access.kind !== 'public' &&
      method === 'POST' && {
        'Idempotency-Key': {
          type: 'string',
          minLength: 1,
          maxLength: 255,
          description: 'Printable ASCII. The same key and body within 24 hours answer as the first time and do nothing again',
        },
      }),
    ...(config?.hops === true && {
      'Carillon-Hops': {
        type: 'integer',
        minimum: 0,
        maximum: MOST_HOPS,
        description: 'How many hubs the event has passed. Copy the header of the message that you report again: it ends loops between hubs',
      },
    }),
    ...(access.kind === 'own' &&
      access.ticket && {
        'Last-Event-ID': { type: 'string', pattern: FRAME_ID.source, description: 'The id of the last frame that was received: the stream goes on behind it' },
      }),
  }
  return Object.keys(properties).length === 0 ? undefined : { type: 'object', properties }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const ANSWERS: Record<string, string> = { 200: 'The answer', 201: 'Created', 202: 'Accepted: it is on disk', 204: 'Done; nothing to say', 503: 'Not ready' }

/** The refusals that a route shares with others of its kind; a route may have codes of its own. */
function refusalsOf({ body, params }: FastifySchema, { method }: RouteOptions, { kind }: Access): Record<'4XX' | 'default', object> {
  const refused: ErrorCode[] = [
    'invalid_request',
    ...(body === undefined ? [] : (['invalid_json', 'invalid_field', 'body_too_large', 'unsupported_media_type'] as const)),
    ...(kind === 'public' ? [] : (['unauthorized', 'forbidden', 'origin_not_allowed'] as const)),
    ...(params === undefined ? [] : (['not_found'] as const)),
    ...(kind !== 'public' && method === 'POST' ? (['idempotency_running', 'idempotency_mismatch'] as const) : []),
  ]
  return { '4XX': problem('The request is refused', refused), default: problem('The hub cannot answer', ['unavailable', 'stopping', 'internal']) }
}

const problem = (what: string, codes: ErrorCode[]): object => ({
  description: `${what}. Match \`code\`: ${codes.map((code) => `\`${code}\``).join(', ')}, or another of the list of errors.`,
  headers: { 'Retry-After': { type: 'integer', description: 'Seconds after which the same request may succeed, where waiting helps' } },
  content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
})

const membersOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})

/** What the plugin cannot be told: that a body which may be null may be left out, its example, and a word for each answer. */
function complete(operation: unknown, example: object | undefined): void {
  const { requestBody, responses } = membersOf(operation)
  for (const media of Object.values(membersOf(membersOf(requestBody)['content'])).filter(isObject)) {
    const { anyOf } = membersOf(media['schema'])
    if (Array.isArray(anyOf) && anyOf.some((one) => membersOf(one)['type'] === 'null')) Object.assign(membersOf(requestBody), { required: false })
    if (example !== undefined) Object.assign(media, { example })
  }
  for (const [status, response] of Object.entries(membersOf(responses)))
    if (membersOf(response)['description'] === 'Default Response') Object.assign(membersOf(response), { description: ANSWERS[status] ?? 'The answer' })
}
