import type { ApiKey, AuditEntry, HubHealth } from '@carillon/client'
import { Type } from 'typebox'
import { toIso } from '../../domain/time.ts'
import type { KeyRow } from '../../services/keys.ts'
import type { AuditRow, Services } from '../../services/services.ts'
import { type App, pageOf, sliceOf } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import { periodOf } from '../requests/period.ts'
import { moment } from './present.ts'
import { NoContent, Optional, PageQuery, PeriodQuery, Strict } from './schemas/base.ts'
import * as schemas from './schemas/operations.ts'

export interface OperationParts {
  services: Pick<Services, 'keys' | 'audit'>
  /** `ready`: no traffic may arrive while it is `failing`. */
  health: { all(): Promise<HubHealth>; ready(): Promise<HubHealth['status']> }
  /** Prometheus text. */
  metrics: { type: string; text(): Promise<string> }
}

const Params = Strict({ id: Type.String({ maxLength: 64 }) })
const Word = Optional(Type.String({ minLength: 1, maxLength: 256 }))
const AuditQuery = Strict({ ...PageQuery, actor: Word, action: Word, target: Word, ...PeriodQuery })

export function operationRoutes(app: App, { services: { keys, audit }, health, metrics }: OperationParts): void {
  const admin = { config: { scope: 'admin' } } as const

  app.get('/v1/keys', { ...admin, schema: { querystring: Strict(PageQuery), response: { 200: schemas.ApiKeyPage } } }, async ({ query }) =>
    pageOf(await keys.list(sliceOf(query)), presentKey),
  )

  app.post('/v1/keys', { ...admin, schema: { body: schemas.ApiKeyInput, response: { 201: schemas.NewApiKey } } }, async (request, reply) => {
    const { name, scopes, expiresAt } = request.body
    const { key, row } = await keys.create(askerOf(request), { name, scopes, expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt) })
    reply.code(201)
    return { ...presentKey(row), key }
  })

  app.delete('/v1/keys/:id', { ...admin, schema: { params: Params, response: { 204: NoContent } } }, async (request, reply) => {
    await keys.revoke(askerOf(request), request.params.id)
    return reply.code(204).send(null)
  })

  app.get('/v1/audit', { ...admin, schema: { querystring: AuditQuery, response: { 200: schemas.AuditPage } } }, async ({ query }) => {
    const { limit: _limit, cursor: _cursor, since: _since, until: _until, ...filter } = query
    return pageOf(await audit({ ...filter, ...periodOf(query, '/query'), ...sliceOf(query) }), presentEntry)
  })

  app.get('/v1/health', { config: { scope: 'read' }, schema: { response: { 200: schemas.HubHealth } } }, () => health.all())

  const text = { 200: { description: 'Prometheus text', content: { 'text/plain': { schema: Type.String() } } } }
  /** Metrics have their own scope: a collector of numbers must not read the hub's data about people. */
  app.get('/metrics', { config: { scope: 'metrics' }, schema: { response: text } }, async (_request, reply) =>
    reply
      .type(metrics.type)
      .serializer(String)
      .send(await metrics.text()),
  )

  const open = { config: { public: true } } as const
  const status = { status: Type.String() }
  app.get('/health/live', { ...open, schema: { response: { 200: Strict(status) } } }, async () => ({ status: 'ok' }))
  /** Shows little to unauthenticated callers: the checks themselves are in `/v1/health`. */
  app.get('/health/ready', { ...open, schema: { response: { 200: Strict(status), 503: Strict(status) } } }, async (_request, reply) => {
    const status = await health.ready()
    reply.code(status === 'failing' ? 503 : 200)
    return { status }
  })
}

const presentKey = ({ id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at }: KeyRow): ApiKey => ({
  id,
  name,
  prefix,
  scopes: JSON.parse(scopes),
  createdAt: toIso(created_at),
  expiresAt: moment(expires_at),
  lastUsedAt: moment(last_used_at),
  revokedAt: moment(revoked_at),
})

const presentEntry = ({ at, detail, request_id, ...entry }: AuditRow): AuditEntry => ({
  id: entry.id,
  at: toIso(at),
  actor: entry.actor,
  action: entry.action,
  target: entry.target,
  detail: JSON.parse(detail),
  requestId: request_id,
})
