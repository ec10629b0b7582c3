import { pino } from 'pino'
import { addressHash } from '../../connections/destinations.ts'
import type { EventType } from '../../domain/event-type.ts'
import { newId } from '../../domain/id.ts'
import type { EventReport, Idempotency } from '../../domain/report.ts'
import { CarillonError } from '../../errors.ts'
import { providerById, providers } from '../../providers/index.ts'
import { newApiKey } from '../../security/api-keys.ts'
import { keepMasked, maskSecrets, openSecrets, sealSecrets } from '../../security/secret-fields.ts'
import { newKey, parseKeyRing } from '../../security/secrets.ts'
import { createUserTokens } from '../../security/user-tokens.ts'
import { createEventTypeStore } from '../../storage/catalogue/event-types.ts'
import { onConfigChange } from '../../storage/config-changes.ts'
import { createChannelStore } from '../../storage/connections/channels.ts'
import { createConnectionStore } from '../../storage/connections/connections.ts'
import type { Dialect } from '../../storage/dialects/dialect.ts'
import { auditEntries } from '../../storage/operations/audit-list.ts'
import { createDeliveryAdmin } from '../../storage/operations/deliveries-admin.ts'
import { createDestinationStore } from '../../storage/people/destinations.ts'
import { createDeviceStore } from '../../storage/people/devices.ts'
import { createPreferenceStore } from '../../storage/people/preferences.ts'
import { createTopicStore } from '../../storage/people/topics.ts'
import { createUserStore } from '../../storage/people/users.ts'
import { createIdempotencyStore } from '../../storage/pipeline/idempotency.ts'
import { createApiKeyStore } from '../../storage/security/api-keys.ts'
import type { PipelinePort } from '../ports.ts'
import { createServer, type ServerParts } from '../server.ts'

export const ROOT_KEY = 'root-key-of-this-test'

/** A pipeline that remembers what it was told. `order.shipped` and `order.locked` (its in_app cell) are all it knows. */
export function createFakePipeline() {
  const reports: EventReport[] = []
  const keys = new Map<string, { hash: string; id: string }>()
  const pipeline: PipelinePort = {
    async report(report: EventReport, idempotency?: Idempotency) {
      if (report.type !== 'message' && !report.type.startsWith('order.'))
        throw new CarillonError('unknown_event_type', { errors: [{ pointer: '/type', message: 'is not a registered event type' }] })
      const first = idempotency && keys.get(idempotency.key)
      if (first && first.hash !== idempotency.hash) throw new CarillonError('idempotency_mismatch')
      if (first) return { id: first.id, replayed: true }
      const id = newId('evt')
      if (idempotency) keys.set(idempotency.key, { hash: idempotency.hash, id })
      reports.push(report)
      return { id, replayed: false }
    },
    async reportBatch(batch) {
      reports.push(...batch)
      return { results: batch.map((_, i) => (i === 1 ? { error: new CarillonError('unknown_event_type') } : { id: newId('evt') })), replayed: false }
    },
    explain: async () => [{ recipient: 'ann', channel: 'email', decision: 'skip', reason: 'no_destination', at: 0 }],
    cancel: async () => ({ cancelled: 1 }),
    trace: async () => null,
    events: async () => ({ rows: [], next: null }),
    event: async () => null,
    checkEventType: (eventType) =>
      eventType.templates.default?.title?.includes('{{') ? [{ pointer: '/templates/default/title', message: 'is not Liquid' }] : [],
    wake() {},
  }
  return { pipeline, reports }
}

/** The whole HTTP edge over a real store and a fake pipeline; the clock is turned by hand. */
export async function createTestServer(dialect: Dialect, overrides: Partial<ServerParts> = {}) {
  const clock = { now: Date.UTC(2026, 0, 5) }
  const now = () => clock.now
  const ring = parseKeyRing(newKey('k1'))
  const secrets = {
    seal: (schema: object, value: Parameters<typeof sealSecrets>[2], aad: string) => sealSecrets(ring, schema, value, aad),
    open: (schema: object, value: Parameters<typeof openSecrets>[2], aad: string) => openSecrets(ring, schema, value, aad),
    mask: maskSecrets,
    keep: keepMasked,
  }
  const users = createUserStore(dialect, addressHash, now)
  const keys = createApiKeyStore(dialect, now)
  const userTokens = createUserTokens(new Uint8Array(32).fill(7), now)
  const eventTypes = createEventTypeStore(dialect, now)
  const connections = createConnectionStore(dialect, secrets, (id) => providerById(id) ?? null, now)
  const codes: string[] = []
  let catalogue: EventType[] = []
  const { pipeline, reports } = createFakePipeline()
  const app = await createServer({
    pipeline,
    auth: { rootKey: ROOT_KEY, keys, userTokens, isActive: users.isActive, clock: now },
    idempotency: createIdempotencyStore(dialect, now),
    box: { seal: (text, aad) => ring.encrypt(text, aad), open: (text, aad) => ring.decrypt(text, aad) },
    log: pino({ level: 'silent' }),
    trustProxy: false,
    storageRefusal: () => null,
    stopping: () => false,
    onKeysChanged: (heard) =>
      onConfigChange(dialect, (kind) => {
        if (kind === 'keys') heard()
      }),
    users,
    userTokens,
    clock: now,
    listOptions: async () => [],
    testConnection: async () => ({ sent: ['test'], failures: [] }),
    tested: async () => {},
    keys,
    audit: (slice) => auditEntries(dialect, slice),
    health: async () => ({ status: 'ok', version: '0', engine: dialect.engine, checks: [], issues: [] }),
    metrics: async () => 'bells_total 1\n',
    eventTypes,
    catalogue: {
      all: () => [...catalogue],
      async reload() {
        catalogue = await eventTypes.all()
      },
    },
    channels: createChannelStore(dialect, now),
    preferences: createPreferenceStore(dialect, now),
    providers,
    pushConnections: () => [],
    devices: createDeviceStore(dialect, secrets, now),
    connections,
    served: async () => new Set((await connections.all()).flatMap(({ personal, enabled, channel }) => (personal && enabled ? [channel] : []))),
    secrets,
    destinations: createDestinationStore(dialect, secrets, now),
    addressHash,
    builtIn: () => null,
    isEventType: (key) => catalogue.some((one) => one.key === key),
    placeLabel: (entry) => entry.split('/')[0] ?? '',
    askConfirmation: async ({ code }) => void codes.push(code),
    deliveries: createDeliveryAdmin(dialect, now),
    topics: createTopicStore(dialect, addressHash, now),
    checkAddress: async (url) => (url.includes('//127.') ? '127.0.0.1 is a private address; add "127.0.0.1" to CARILLON_OUTBOUND_ALLOW to allow it' : null),
    ...overrides,
  })

  interface Call {
    key?: string
    user?: string
    headers?: Record<string, string>
  }
  /** One request as JSON; answers status, parsed body and headers. */
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
  /** A key with these scopes, as the CLI would make it. */
  async function newKeyWith(...scopes: string[]): Promise<string> {
    const { key, prefix, hash } = newApiKey()
    await keys.create({ name: scopes.join('+'), prefix, hash, scopes, expiresAt: null }, { actor: 'test', requestId: null })
    return key
  }
  return { app, call, clock, reports, codes, userTokens, users, newKeyWith }
}
