import { APPRISE, appriseLabel, appriseProblem } from '../connections/apprise-urls.ts'
import { builtIn } from '../connections/built-in.ts'
import { connectionNotice } from '../connections/connection-notice.ts'
import { createReached } from '../connections/reached.ts'
import { createForms } from '../forms/check.ts'
import { createNoticeLog } from '../operations/operator-log.ts'
import type { Provider, Surroundings } from '../providers/kit/contract.ts'
import { createChannelService } from '../services/channels.ts'
import { createCheckAddress } from '../services/check-address.ts'
import { createConnectionService } from '../services/connections/connections.ts'
import { createLiveOptions } from '../services/connections/live-options.ts'
import { createTested } from '../services/connections/record-test.ts'
import { createConnectionTest } from '../services/connections/test-connection.ts'
import { createDeliveryService } from '../services/deliveries.ts'
import { createDestinationService } from '../services/destinations.ts'
import { createDeviceService } from '../services/devices.ts'
import { createEventTypeService } from '../services/event-types.ts'
import { createEventService, type PipelinePort } from '../services/events.ts'
import { createKeyService } from '../services/keys.ts'
import { createPreferenceService } from '../services/preferences.ts'
import { createProviderService } from '../services/providers.ts'
import { createPushKeyService } from '../services/push-keys.ts'
import type { Services } from '../services/services.ts'
import { createTake } from '../services/take.ts'
import { createTopicService } from '../services/topics.ts'
import { createUserService } from '../services/users.ts'
import type { ConfigKind } from '../storage/config-changes.ts'
import { createTestRecorder } from '../storage/connections/test-record.ts'
import { auditEntries } from '../storage/operations/audit-list.ts'
import { keptOf } from './kept-of.ts'
import type { Base, Rooms } from './parts.ts'
import { logLine, tellNotices } from './tell.ts'

/** Gives every service its ports. Tests pass their own pipeline. */
export function wireServices(hub: Base & Rooms, pipeline: PipelinePort): Services {
  const { addressHash, appriseUrls, catalogue, clock, dialect, healthWatch, http, liveConfig, log, registry, stores } = hub
  const { secrets } = stores
  const around: Surroundings = {
    scripts: hub.scripts,
    appriseProblem: (url) => appriseProblem(appriseUrls, url, registry.open(APPRISE, clock()).length > 0),
  }
  const providers: readonly Provider[] = hub.providers.map((provider) => ({ ...provider, check: (given) => provider.check(given, around) }))
  const checkForm = createForms(createCheckAddress(hub.outbound, appriseUrls))
  const take = createTake(stores.uses, clock)
  const tell = tellNotices(hub)
  const logNotices = createNoticeLog(hub)
  const settingsOf = (channel: string) => registry.all().flatMap((one) => (one.enabled && one.personal && one.channel === channel ? [one.settings] : []))
  const stored = {
    ...stores.connections,
    create: thenRead('connections', stores.connections.create),
    put: thenRead('connections', stores.connections.put),
    remove: thenRead('connections', stores.connections.remove),
    reset: thenRead('connections', stores.connections.reset),
  }

  const channels = createChannelService({
    providers,
    store: { ...stores.channels, put: thenRead('channels', stores.channels.put) },
    served: () => new Set(liveConfig.channels().flatMap(({ name, connected }) => (connected ? [name] : []))),
  })
  const connections = createConnectionService({
    providers,
    store: stored,
    builtIn,
    isEventType: (key) => catalogue.find(key) !== undefined,
    hub: { isOff: (channel) => liveConfig.channels().some(({ name, enabled }) => name === channel && !enabled) },
    secrets,
    checkForm,
    clock,
    take,
    testConnection: createConnectionTest({
      http,
      kept: keptOf(stores.keptSecrets),
      scripts: hub.scripts,
      logLine: logLine(hub),
      clock,
      render: hub.renderer.message,
      eventType: (key) => catalogue.find(key)?.eventType,
    }),
    tested: createTested({
      record: createTestRecorder({
        dialect,
        clock,
        health: stores.health,
        startedAt: hub.startedAt,
        async changed(trx, before, after, now) {
          const notice = connectionNotice(before, after, now)
          if (notice !== null) logNotices(await tell(trx, [notice]))
        },
      }),
      learned(health) {
        registry.updateHealth([health])
        healthWatch.wake()
        pipeline.wake()
      },
    }),
  })
  const pushKeys = createPushKeyService({
    providers,
    store: stored,
    registry,
    show: connections.show,
  })

  return {
    audit: (query) => auditEntries(dialect, query),
    channels,
    connections,
    deliveries: createDeliveryService({ store: stores.deliveries, connections: stored, builtIn, wake: pipeline.wake }),
    destinations: createDestinationService({
      providers,
      store: stores.destinations,
      addressHash,
      reached: createReached(addressHash, appriseUrls),
      placeLabel: (url) => appriseLabel(appriseUrls, url),
      secrets,
      checkForm,
      // A pasted URL is the word of its person as a whole.
      settingsFor: (channel) => (channel === APPRISE ? [] : settingsOf(channel)),
      clock,
      take,
      async askConfirmation({ userId, channel, place, code, minutes }) {
        const to = [{ kind: 'user' as const, id: userId }]
        await pipeline.report({ type: 'destination.confirm', to, channels: [channel], place, data: { channel, code, minutes } })
      },
    }),
    devices: createDeviceService({ providers, store: stores.devices, addressHash, checkForm, pushKeys, take }),
    events: createEventService({ ...hub.counts.counting(pipeline), explain: pipeline.explain, giveBack: pipeline.giveBack }, stores.events),
    eventTypes: createEventTypeService({
      store: stores.eventTypes,
      catalogue: { all: catalogue.all, reload: () => liveConfig.read('event-types') },
      channels: channels.names,
      paths: hub.config.applicationUrl !== null,
    }),
    keys: createKeyService({ store: stores.keys, clock }),
    providers: createProviderService({
      providers,
      connections: stored,
      destinations: stores.destinations,
      secrets,
      checkForm,
      take,
      listOptions: createLiveOptions({ http: http.for, clock }),
    }),
    preferences: createPreferenceService({ store: stores.preferences, channels, eventTypes: catalogue.all }),
    pushKeys,
    topics: createTopicService(stores.topics),
    users: createUserService({ store: stores.users, tokens: hub.userTokens, take }),
  }

  /** The next request on this node sees the change; other nodes are notified of it. */
  function thenRead<Given extends unknown[], T>(kind: ConfigKind, change: (...given: Given) => Promise<T>) {
    return async (...given: Given): Promise<T> => {
      const result = await change(...given)
      // The change is made, so its caller must not see it as failed. The notice that it sent has it read again.
      await liveConfig.read(kind).catch((error: unknown) => log.error({ err: error }, `reading ${kind} failed after a change`))
      return result
    }
  }
}
