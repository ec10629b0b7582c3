import { readConfig } from '../../config.ts'
import { newId } from '../../domain/id.ts'
import type { EventReport, Idempotency } from '../../domain/report.ts'
import { CarillonError } from '../../errors.ts'
import { parseFaults } from '../../faults.ts'
import { createServer, type ServerParts } from '../../http/server.ts'
import { createLog } from '../../log.ts'
import { providers } from '../../providers/index.ts'
import { newApiKey } from '../../security/api-keys.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { newKey, parseKeyRing } from '../../security/secrets.ts'
import { resolvingTo } from '../../security/testing/resolving.ts'
import type { PipelinePort } from '../../services/events.ts'
import type { Dialect } from '../../storage/dialects/dialect.ts'
import type { ApiKeyStore } from '../../storage/security/api-keys.ts'
import type { Base } from '../parts.ts'
import { wireRooms } from '../wire-rooms.ts'
import { wireServer } from '../wire-server.ts'
import { wireServices } from '../wire-services.ts'

const nothing = () => Promise.reject(new Error('no network here'))
const noNetwork = { request: nothing, dial: nothing, mayHandOver: nothing }

export const ROOT_KEY = 'root-key-of-this-test'

/** A pipeline that remembers its reports. Types that begin with `order.` are all it knows, beside the hub's own `message` and confirmations. */
export function createFakePipeline() {
  const reports: EventReport[] = []
  /** Confirmation codes, which go to people and not into `reports`. */
  const codes: string[] = []
  const keys = new Map<string, { hash: string; id: string }>()
  const pipeline: PipelinePort = {
    async report(report: EventReport, idempotency?: Idempotency) {
      const id = newId('evt')
      if (report.type === 'destination.confirm') {
        codes.push(String(report.data['code']))
        return { id, replayed: false }
      }
      if (report.type !== 'message' && !report.type.startsWith('order.'))
        throw new CarillonError('unknown_event_type', { errors: [{ pointer: '/type', message: 'is not a registered event type' }] })
      const first = idempotency && keys.get(idempotency.key)
      if (first && first.hash !== idempotency.hash) throw new CarillonError('idempotency_mismatch')
      if (first) return { id: first.id, replayed: true }
      if (idempotency) keys.set(idempotency.key, { hash: idempotency.hash, id })
      reports.push(report)
      return { id, replayed: false }
    },
    async reportBatch(batch) {
      reports.push(...batch)
      return { results: batch.map((_, i) => (i === 1 ? { error: new CarillonError('unknown_event_type') } : { id: newId('evt') })), replayed: false }
    },
    explain: async () => [{ recipient: 'ann', channel: 'email', decision: 'skip', reason: 'no_destination', at: 0 }],
    giveBack: async () => {},
    wake() {},
  }
  return { pipeline, reports, codes }
}

interface Overrides extends Partial<ServerParts> {
  pipeline?: PipelinePort
  /** In place of what the store of API keys does. */
  keys?: Partial<ApiKeyStore>
}

/** The whole HTTP edge, wired as the hub is, over a real store and a fake pipeline. The clock is turned by hand, and nothing leaves this machine. */
export async function createTestServer(dialect: Dialect, { pipeline: given, keys: ownKeys, ...overrides }: Overrides = {}) {
  const clock = { now: Date.UTC(2026, 0, 5) }
  const fake = createFakePipeline()
  const config = readConfig({ CARILLON_ROOT_KEY: ROOT_KEY, CARILLON_LOG_LEVEL: 'silent', CARILLON_OUTBOUND_ALLOW: 'mail.example.com:588' })
  const base: Base = {
    config,
    clock: () => clock.now,
    random: Math.random,
    log: createLog('silent'),
    faults: parseFaults(null, () => {}),
    failed() {},
    dialect,
    ring: parseKeyRing(newKey('k1')),
    queue: { enqueue: async () => {}, depth: async () => 0 },
    http: { ...noNetwork, for: () => noNetwork, close: async () => {} },
    outbound: createOutbound({ allow: parseAllowList(config.outboundAllow), lookup: resolvingTo('93.184.215.14') }),
    scripts: undefined,
    providers,
    eventTypes: [],
    timeRules: [],
    startedAt: clock.now,
  }
  const rooms = await wireRooms(base)
  const hub = { ...base, ...rooms, stores: { ...rooms.stores, keys: { ...rooms.stores.keys, ...ownKeys } } }
  const services = wireServices(hub, given ?? fake.pipeline)
  const app = await createServer({ ...wireServer(hub, services), ...overrides })
  const { keys, users } = hub.stores

  interface Call {
    key?: string
    user?: string
    headers?: Record<string, string>
  }
  /** One JSON request; returns status, parsed body and headers. */
  async function call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: unknown, { key = ROOT_KEY, user, headers = {} }: Call = {}) {
    const response = await app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(user === undefined ? {} : { 'carillon-user': user }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    })
    const type = String(response.headers['content-type'] ?? '')
    return { status: response.statusCode, headers: response.headers, body: type.includes('json') ? response.json() : response.body }
  }
  /** A key with these scopes, as the CLI creates it. */
  async function newKeyWith(...scopes: string[]): Promise<string> {
    const { key, prefix, hash } = newApiKey()
    await keys.create({ name: scopes.join('+'), prefix, hash, scopes, expiresAt: null }, { actor: 'test', requestId: null })
    return key
  }
  return { app, call, clock, services, reports: fake.reports, codes: fake.codes, users, newKeyWith }
}
