import type { AddressInfo } from 'node:net'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import { HOUR, type Millis } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import { createFeed } from '../../inbox/feed.ts'
import { createLive } from '../../inbox/live.ts'
import { createPresenter } from '../../inbox/present.ts'
import type { Dialect } from '../../storage/dialects/dialect.ts'
import { createInboxReads } from '../../storage/inbox/inbox.ts'
import { createInboxMarks } from '../../storage/inbox/marks.ts'
import { createCredentialCheck } from '../../storage/inbox/stream-credentials.ts'
import { createEntryWriter } from '../../storage/inbox/testing/inbox-entries.ts'
import { createTicketStore } from '../../storage/inbox/tickets.ts'
import { toAccount } from '../../storage/people/accounts.ts'
import type { Trx } from '../../storage/schema.ts'
import type { App } from '../app.ts'
import { createErrorHandler } from '../problems/problem.ts'
import { sealCursors } from '../requests/cursors.ts'
import { createValidatorCompiler } from '../requests/validation.ts'
import { inboxRoutes } from '../v1/inbox.ts'
import { shared } from '../v1/schemas/base.ts'

const START = 1_700_000_000_000

/** One node with inbox routes and streams on a real store; `Bearer user:<id>` is a user token, `Bearer key:<id>` an API key acting for a user. */
export async function startInbox(dialect: Dialect) {
  let now = START
  const clock = () => now
  const ticking = new Set<() => void>()
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const tokenEnds = new Map<string, Millis>()

  const live = createLive<Trx>(dialect)
  const reads = createInboxReads(dialect, clock)
  const present = createPresenter((row) => ({ title: row.type, body: String(row.event.data['text'] ?? ''), actions: [] }), onError)
  const every = (_ms: number, run: () => void) => {
    ticking.add(run)
    return () => void ticking.delete(run)
  }
  const feed = createFeed({ store: reads, present, subscribe: live.subscribe, every, random: () => 0.5, onError })
  const marks = createInboxMarks({ dialect, clock, inboxChanged: live.inboxChanged })

  const app: App = Fastify().withTypeProvider<TypeBoxTypeProvider>()
  app.decorateRequest('caller')
  app.decorateRequest('credential')
  app.setValidatorCompiler(createValidatorCompiler(shared))
  app.setSerializerCompiler(() => JSON.stringify)
  app.setErrorHandler(createErrorHandler(1024 * 1024))
  sealCursors(app, new Uint8Array(32))
  for (const schema of shared) app.addSchema(schema)
  app.addHook('onRequest', async (request) => {
    const { authorization } = request.headers
    if (authorization === undefined) return // not used by these tests
    const [, kind, id = ''] = /^Bearer (user|key):(.*)$/.exec(authorization) ?? []
    if (kind === undefined) throw new CarillonError('unauthorized')
    request.credential = kind === 'user' ? { kind: 'user', epoch: '', expiresAt: tokenEnds.get(`user:${id}`) ?? now + HOUR } : { kind: 'key', keyId: id }
    request.caller =
      kind === 'user'
        ? { kind: 'user', userId: id, epoch: '' }
        : { kind: 'key', keyId: id, name: id, scopes: ['act'], actsFor: String(request.headers['carillon-user']) }
  })
  await app.register(async (scope: App) =>
    inboxRoutes(scope, {
      reads,
      marks,
      present,
      clock,
      feed,
      positionSecret: new Uint8Array(32),
      tickets: createTicketStore(dialect, clock),
      stillGood: createCredentialCheck(dialect, clock, 'root'),
      async account(id) {
        const row = await dialect.db.selectFrom('users').select(['active', 'epoch']).where('id', '=', id).executeTakeFirst()
        return row === undefined ? null : toAccount(row)
      },
    }),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo

  return {
    app,
    feed,
    marks,
    reads,
    errors,
    port,
    entries: createEntryWriter(dialect, clock, live.inboxChanged),
    addUser: (id: string, epoch: string | null = null) =>
      dialect.db
        .insertInto('users')
        .values({ id, email: null, name: null, locale: null, timezone: null, data: '{}', active: 1, created_at: now, updated_at: now, epoch })
        .execute(),
    removeUser: (id: string) => dialect.db.deleteFrom('users').where('id', '=', id).execute(),
    deactivate: (id: string) => dialect.db.updateTable('users').set({ active: 0 }).where('id', '=', id).execute(),
    pass: (ms: Millis) => {
      now += ms
    },
    now: clock,
    endToken: (token: string, at: Millis) => void tokenEnds.set(token, at),
    tick(times = 1) {
      for (let n = 0; n < times; n++) for (const run of [...ticking]) run()
    },
    async close() {
      live.stop()
      await app.close()
    },
  }
}

export type InboxApp = Awaited<ReturnType<typeof startInbox>>
