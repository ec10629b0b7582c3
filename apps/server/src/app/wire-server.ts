import { APPRISE, addressesOf, appriseLabel, appriseProblem } from '../connections/apprise-urls.ts'
import { builtIn } from '../connections/built-in.ts'
import { addressHash } from '../connections/destinations.ts'
import type { EventType } from '../domain/event-type.ts'
import type { FieldError } from '../errors.ts'
import { compileDataSchema } from '../forms/data-schema.ts'
import type { ServerParts } from '../http/server.ts'
import { inboxRoutes } from '../http/v1/inbox.ts'
import { createFeed } from '../inbox/feed.ts'
import type { InboxRow, Rendered } from '../inbox/item.ts'
import { createPresenter } from '../inbox/present.ts'
import { createHealth } from '../operations/health.ts'
import type { Pipeline } from '../pipeline.ts'
import { providerById, providers } from '../providers/index.ts'
import type { Surroundings } from '../providers/kit/contract.ts'
import { tryTemplates } from '../rendering/trial.ts'
import type { Outbound } from '../security/outbound.ts'
import { OutboundDenied } from '../security/outbound.ts'
import { createUserTokens } from '../security/user-tokens.ts'
import { createLiveOptions } from '../services/connections/live-options.ts'
import { createTested } from '../services/connections/record-test.ts'
import { createConnectionTest } from '../services/connections/test-connection.ts'
import type { ConfigKind } from '../storage/config-changes.ts'
import { createInboxReads } from '../storage/inbox/inbox.ts'
import { createInboxMarks } from '../storage/inbox/marks.ts'
import { createCredentialCheck } from '../storage/inbox/stream-credentials.ts'
import { createTicketStore } from '../storage/inbox/tickets.ts'
import { auditEntries } from '../storage/operations/audit-list.ts'
import { storageRefusal } from './storage-refusal.ts'
import { type Hub, logLine } from './wire-pipeline.ts'

/** Gives the HTTP edge its ports. */
export function serverParts(hub: Hub & { outbound: Outbound; onKeysChanged(heard: () => void): () => void }, pipeline: Pipeline): ServerParts {
  const { admission, catalogue, clock, config, dialect, liveConfig, ring, stores, registry } = hub
  const userTokens = createUserTokens(ring.derive('user-tokens'), clock)
  const { channels, connections, keys } = stores
  const around: Surroundings = {
    scripts: hub.scripts,
    appriseProblem: (url) => appriseProblem(hub.appriseUrls, url, registry.open(APPRISE, clock()).length > 0),
  }
  const onKeys = new Set<() => void>()
  return {
    ...stores,
    channels: { ...channels, put: thenRead('channels', channels.put) },
    connections: {
      ...connections,
      create: thenRead('connections', connections.create),
      put: thenRead('connections', connections.put),
      remove: thenRead('connections', connections.remove),
      reset: thenRead('connections', connections.reset),
    },
    providers: providers.map((provider) => ({ ...provider, check: (given) => provider.check(given, around) })),
    builtIn,
    pushConnections: () => registry.all().filter(({ provider, personal, enabled }) => providerById(provider)?.deviceKeys !== undefined && personal && enabled),
    addressHash,
    placeLabel: (url) => appriseLabel(hub.appriseUrls, url),
    served: () => new Set(liveConfig.channels().flatMap(({ name, connected }) => (connected ? [name] : []))),
    userTokens,
    clock,
    log: hub.log,
    trustProxy: config.trustProxy,
    storageRefusal,
    stopping: () => admission.state().refusal === 'stopping',
    // This node knows at once; another one as soon as it hears of it.
    keys: {
      ...keys,
      async revoke(...given) {
        const revoked = await keys.revoke(...given)
        for (const heard of onKeys) heard()
        return revoked
      },
    },
    onKeysChanged(heard) {
      onKeys.add(heard)
      return hub.onKeysChanged(heard)
    },
    auth: { rootKey: config.rootKey, keys: stores.keys, userTokens, isActive: stores.users.isActive, clock },
    box: { seal: (text, aad) => ring.encrypt(text, aad), open: (text, aad) => ring.decrypt(text, aad) },
    audit: (slice) => auditEntries(dialect, slice),
    health: createHealth({ dialect, admission, registry, clock, issues: hub.healthWatch.known }),
    metrics: hub.metrics.text,
    isEventType: (key) => catalogue.find(key) !== undefined,
    catalogue: { all: catalogue.all, reload: () => liveConfig.read('event-types') },
    async checkAddress(url) {
      for (const address of addressesOf(url, hub.appriseUrls.read(url))) {
        const refusal = await whyNotReachable(hub.outbound, address)
        if (refusal !== null) return refusal
      }
      return null
    },
    listOptions: createLiveOptions({ http: hub.http, clock }),
    testConnection: createConnectionTest({
      http: hub.http,
      scripts: hub.scripts,
      logLine: logLine(hub),
      clock,
      render: hub.renderer.message,
      eventType: (key) => catalogue.find(key)?.eventType,
    }),
    tested: createTested(hub, pipeline),
    async askConfirmation({ userId, channel, code, minutes }) {
      await pipeline.report({ type: 'destination.confirm', to: [{ kind: 'user', id: userId }], channels: [channel], data: { channel, code, minutes } })
    },
    pipeline: {
      ...stores.events,
      ...hub.counts.counting(pipeline),
      explain: pipeline.explain,
      wake: pipeline.wake,
      checkEventType,
    },
    plugins: [inboxPlugin(hub, userTokens)],
  }

  /** What an operator changed counts for the next request on this node; other nodes hear of it. */
  function thenRead<Given extends unknown[], T>(kind: ConfigKind, change: (...given: Given) => Promise<T>) {
    return async (...given: Given): Promise<T> => {
      const result = await change(...given)
      // The change is made: who asked for it must not be told that it failed. The notice that it sent has it read again.
      await liveConfig.read(kind).catch((error: unknown) => hub.log.error({ err: error }, `reading ${kind} failed after a change`))
      return result
    }
  }
}

/** What a schema of the route cannot say: whether the data schema compiles and the templates render. */
async function checkEventType(eventType: EventType): Promise<FieldError[]> {
  try {
    const check = compileDataSchema(eventType.schema)
    if (eventType.sample !== undefined) {
      const wrong = check(eventType.sample)
      if (wrong.length > 0) return wrong.map(({ pointer, message }) => ({ pointer: pointer.replace(/^\/data/, '/sample'), message }))
    }
  } catch (error) {
    return [{ pointer: '/schema', message: error instanceof Error ? error.message : String(error) }]
  }
  return (await tryTemplates(eventType.templates, eventType.sample)).map(({ pointer, message }) => ({ pointer: `/templates${pointer}`, message }))
}

async function whyNotReachable(outbound: Outbound, text: string): Promise<string | null> {
  if (!URL.canParse(text)) return null // the schema has said so already
  const url = new URL(text)
  try {
    await outbound.resolve(url.hostname, Number(url.port) || (url.protocol === 'https:' ? 443 : 80), url.protocol === 'smtp:' ? 'mail' : 'web')
    return null
  } catch (error) {
    // A name that does not resolve right now may do so when it is needed; only a refusal is final.
    return error instanceof OutboundDenied ? error.message : null
  }
}

function inboxPlugin(
  { catalogue, clock, config, dialect, failed, live, random, renderer, log }: Hub,
  userTokens: ReturnType<typeof createUserTokens>,
): NonNullable<ServerParts['plugins']>[number] {
  const reads = createInboxReads(dialect, clock)
  const present = createPresenter(
    (row) => render(row),
    (error) => log.warn({ err: error }, 'an inbox entry could not be rendered'),
  )
  const feed = createFeed({
    store: reads,
    present,
    random,
    subscribe: live.subscribe,
    every(ms, run) {
      const timer = setInterval(run, ms)
      return () => clearInterval(timer)
    },
    onError: (error) => failed('inbox stream', error),
  })
  const parts = {
    reads,
    marks: createInboxMarks({ dialect, clock, inboxChanged: live.inboxChanged }),
    present,
    clock,
    feed,
    origins: [new URL(config.baseUrl).origin],
    stillGood: createCredentialCheck(dialect, clock),
    tickets: createTicketStore(dialect, clock),
    verifyUserToken: userTokens.verify,
  }
  return async (app) => {
    // Open streams would keep the server from closing.
    app.addHook('preClose', async () => feed.close())
    await inboxRoutes(app, parts)
  }

  function render(row: InboxRow): Rendered {
    const eventType = catalogue.find(row.type)?.eventType
    if (eventType === undefined) return { title: row.type, body: '', actions: [], ...(row.event.url === null ? {} : { url: row.event.url }) }
    const { email, name, locale, timezone, data, id } = row.user
    const recipient = {
      id,
      data,
      ...(email !== null && { email }),
      ...(name !== null && { name }),
      ...(locale !== null && { locale }),
      ...(timezone !== null && { timezone }),
    }
    return renderer.inbox({
      event: {
        id: row.eventId,
        type: row.type,
        data: row.event.data,
        tags: row.event.tags,
        url: row.event.url,
        severity: row.severity as EventType['severity'],
        priority: row.priority,
        createdAt: row.event.acceptedAt,
      },
      eventType,
      recipient,
    })
  }
}
