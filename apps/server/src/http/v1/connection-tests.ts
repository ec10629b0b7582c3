import type { ConnectionTest } from '@carillon/client'
import { Type } from 'typebox'
import type { Connection } from '../../domain/connection.ts'
import type { JsonObject } from '../../domain/json.ts'
import { type Clock, MINUTE, type Millis } from '../../domain/time.ts'
import { invalidField } from '../../errors.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { NewConnection, StoredConnection } from '../../storage/connections/connections.ts'
import { type App, found } from '../app.ts'
import type { ReadForm } from './connection-form.ts'
import type { Trials } from './connection-trials.ts'
import { AnyObject, Optional, Strict } from './schemas/base.ts'
import * as schemas from './schemas/catalogue.ts'

interface Saved {
  clock: Clock
  provider(id: string): Provider
  get(id: string): Promise<StoredConnection | null>
  all(): Promise<Connection[]>
  /** Checks an unsaved form as saving would. */
  toNew: ReadForm
  checkDestination(provider: Provider, to: JsonObject): Promise<JsonObject>
}

const Params = Strict({ id: Type.String({ maxLength: 64 }) })
/** Nothing has to be said of a connection that knows where it sends. */
const TestBody = Type.Union([Type.Null(), Strict({ to: Optional(AnyObject) })])
/** Connections tested at once: a vendor that hangs holds up a few others, not all. */
const AT_ONCE = 16
/** No further test of `test-all` begins after this: somebody waits in front of it. */
const TEST_ALL: Millis = MINUTE

export function connectionTestRoutes(app: App, trials: Trials, saved: Saved): void {
  const manage = { config: { scope: 'manage' } } as const

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
    trials.allow(request)
    const { id, to, ...input } = request.body
    const stored = id === undefined ? null : found(await saved.get(id))
    const { connection } = await saved.toNew(input, stored)
    const provider = saved.provider(connection.provider)
    return trials.run(null, provider, { ...connection, destination: await destinationOf(provider, connection, to) }, request)
  })

  app.post(
    '/v1/connections/:id/test',
    { ...manage, schema: { params: Params, body: TestBody, response: { 200: schemas.ConnectionTest } } },
    async (request) => {
      trials.allow(request)
      const connection = found(await saved.get(request.params.id))
      const provider = saved.provider(connection.provider)
      return trials.run(connection.id, provider, { ...connection, destination: await destinationOf(provider, connection, request.body?.to) }, request)
    },
  )

  app.post('/v1/connections/test-all', { ...manage, schema: { response: { 200: schemas.ConnectionTestPage } } }, async (request) => {
    trials.allow(request)
    const all = (await saved.all()).filter(({ enabled }) => enabled)
    const until = saved.clock() + TEST_ALL
    const items = await inTurn(all, AT_ONCE, (connection) => {
      const provider = saved.provider(connection.provider)
      if (connection.personal && !provider.verify)
        return notTested(connection, '/to', 'it can only be tested by sending to somebody; test it by itself, with `to`')
      if (saved.clock() >= until) return notTested(connection, '', 'the others took too long; test it by itself')
      return trials.run(connection.id, provider, connection, request)
    })
    return { items, nextCursor: null }
  })
}

const notTested = ({ id, name }: Connection, field: string, why: string): ConnectionTest => ({
  id,
  name,
  ok: false,
  sent: [],
  failures: [{ field, message: `Not tested: ${why}`, severity: 'warning', code: 'not_tested' }],
})

/** Answers in the order of `items`; at most `width` are under way. */
async function inTurn<Item, Result>(items: readonly Item[], width: number, run: (item: Item) => Result | Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  const work = async () => {
    for (const [i, item] of waiting) results[i] = await run(item)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, work))
  return results
}
