import type { ConnectionInput, ConnectionTest, ConnectionTestFailure } from '@carillon/client'
import { Type } from 'typebox'
import type { JsonObject } from '../../domain/json.ts'
import { type Clock, MINUTE } from '../../domain/time.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { Provider } from '../../providers/provider.ts'
import type { NewConnection, StoredConnection } from '../../storage/connections.ts'
import type { By } from '../../storage/page.ts'
import { type App, byOf, found } from '../app.ts'
import { actorOf } from '../caller.ts'
import { AnyObject, Optional, Strict } from '../schemas/base.ts'
import * as schemas from '../schemas/catalogue.ts'

export interface ConnectionTestParts {
  clock: Clock
  /** Sends the samples. */
  testConnection(
    provider: Provider,
    connection: Pick<NewConnection, 'settings' | 'events'>,
    destination: JsonObject | null,
  ): Promise<{ sent: string[]; failures: ConnectionTestFailure[] }>
  /** Writes the audit line, and what the test said about the health of a saved connection. */
  tested(id: string | null, name: string, failures: ConnectionTestFailure[], by: By): Promise<void>
}

interface Saved {
  provider(id: string): Provider
  get(id: string): Promise<StoredConnection | null>
  all(): Promise<StoredConnection[]>
  /** Checks an unsaved form as saving would; masked secrets come from `stored`. */
  toNew(input: ConnectionInput, stored: StoredConnection | null): Promise<NewConnection>
  checkDestination(provider: Provider, to: JsonObject): Promise<JsonObject>
}

const Params = Strict({ id: Type.String({ maxLength: 64 }) })
/** Tests of one caller in a minute: each sends real messages. */
const PER_MINUTE = 20

/** Tests send for real, so they are limited, audited, and count for the health of what they tested. */
export function connectionTestRoutes(app: App, { clock, testConnection, tested }: ConnectionTestParts, saved: Saved): void {
  const manage = { config: { scope: 'manage' } } as const
  const allow = createLimit(clock)

  async function run(
    id: string | null,
    name: string,
    provider: Provider,
    connection: Pick<NewConnection, 'settings' | 'events'>,
    destination: JsonObject | null,
    by: By,
  ): Promise<ConnectionTest> {
    const { sent, failures } = await testConnection(provider, connection, destination)
    await tested(id, name, failures, by)
    return { id, name, ok: failures.length === 0, sent, failures }
  }

  async function destinationOf(
    provider: Provider,
    { personal, destination }: Pick<NewConnection, 'personal' | 'destination'>,
    to: JsonObject | undefined,
  ): Promise<JsonObject | null> {
    if (!personal) return destination
    if (to !== undefined) return saved.checkDestination(provider, to)
    if (provider.verify) return null
    throw invalidField('/to', 'is required: this provider can only be tested by sending to somebody')
  }

  app.post('/v1/connections/test', { ...manage, schema: { body: schemas.ConnectionTestInput, response: { 200: schemas.ConnectionTest } } }, async (request) => {
    allow(actorOf(request.caller))
    const { id, to, ...input } = request.body
    const stored = id === undefined ? null : found(await saved.get(id))
    const connection = await saved.toNew(input, stored)
    const provider = saved.provider(connection.provider)
    return run(null, connection.name, provider, connection, await destinationOf(provider, connection, to), byOf(request))
  })

  app.post(
    '/v1/connections/:id/test',
    { ...manage, schema: { params: Params, body: Strict({ to: Optional(AnyObject) }), response: { 200: schemas.ConnectionTest } } },
    async (request) => {
      allow(actorOf(request.caller))
      const connection = found(await saved.get(request.params.id))
      const provider = saved.provider(connection.provider)
      return run(connection.id, connection.name, provider, connection, await destinationOf(provider, connection, request.body.to), byOf(request))
    },
  )

  /** A personal connection whose provider cannot be asked without a message has nobody to send to, so it is left out. */
  app.post('/v1/connections/test-all', { ...manage, schema: { response: { 200: schemas.ConnectionTestPage } } }, async (request) => {
    allow(actorOf(request.caller))
    const items: ConnectionTest[] = []
    for (const connection of await saved.all()) {
      const provider = saved.provider(connection.provider)
      if (!connection.enabled || (connection.personal && !provider.verify)) continue
      items.push(await run(connection.id, connection.name, provider, connection, connection.personal ? null : connection.destination, byOf(request)))
    }
    return { items, nextCursor: null }
  })
}

function createLimit(clock: Clock): (actor: string) => void {
  const used = new Map<string, number[]>()
  return (actor) => {
    const now = clock()
    const recent = (used.get(actor) ?? []).filter((at) => now - at < MINUTE)
    if (recent.length >= PER_MINUTE)
      throw new CarillonError('too_many_requests', {
        detail: `At most ${PER_MINUTE} tests a minute: each sends real messages.`,
        retryAfter: Math.ceil((recent[0]! + MINUTE - now) / 1000),
      })
    used.set(actor, [...recent, now])
  }
}
