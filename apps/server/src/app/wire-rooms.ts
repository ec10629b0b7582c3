import { createCatalogue } from '../catalogue/catalogue.ts'
import { createAddressHash } from '../connections/address-hash.ts'
import { createAppriseUrls, DIRECT } from '../connections/apprise-urls.ts'
import { channelNamesOf, createDestinations } from '../connections/destinations.ts'
import { createRegistry } from '../connections/registry.ts'
import { createFormCheck } from '../forms/form-check.ts'
import { createLive } from '../inbox/live.ts'
import { createIssues } from '../operations/connection-issues.ts'
import { createHealthWatch } from '../operations/health-watch.ts'
import { createHubMetrics } from '../operations/hub-metrics.ts'
import { createMetrics } from '../operations/metrics.ts'
import { logSystemEvents } from '../operations/operator-log.ts'
import { createAdmission } from '../pipeline/admission.ts'
import { createRenderer } from '../rendering/render.ts'
import { createUserTokens } from '../security/user-tokens.ts'
import { createHealthIssues } from '../storage/operations/health-issues.ts'
import { insertEvents } from '../storage/pipeline/event-store.ts'
import { createLiveConfig } from './live-config.ts'
import type { Base, Rooms } from './parts.ts'
import { storageRefusal } from './storage-refusal.ts'
import { createStores } from './stores.ts'

/** Builds every room once; the operators' configuration is read from the store. */
export async function wireRooms({ config, clock, log, failed, dialect, ring, queue, providers, eventTypes, threads }: Base): Promise<Rooms> {
  const byId = new Map(providers.map((provider) => [provider.id, provider]))
  const provider = (id: string) => byId.get(id)
  const addressHash = createAddressHash(providers)
  const stores = createStores({ dialect, ring, clock, addressHash, providers, queue })
  const catalogue = createCatalogue()
  const appriseUrls = createAppriseUrls(providers, createFormCheck())
  const registry = createRegistry([DIRECT], threads?.learn)
  const liveConfig = createLiveConfig({
    catalogue,
    registry,
    inCode: eventTypes,
    channelNames: channelNamesOf(providers),
    eventTypes: stores.eventTypes.all,
    connections: stores.connections.all,
    channels: stores.channels.disabled,
    health: stores.health.all,
    dispose(connection) {
      void provider(connection.provider)?.dispose(connection.settings)
      threads?.forget(connection.settings)
    },
  })
  await liveConfig.readAll()
  const metrics = createMetrics()
  const healthWatch = createHealthWatch(
    createHealthIssues({
      dialect,
      clock,
      builtIn: [DIRECT.channel],
      async tell(trx, events) {
        await insertEvents(dialect, trx, queue.enqueue, events)
        logSystemEvents(log, events)
      },
    }),
    failed,
  )

  return {
    provider,
    addressHash,
    appriseUrls,
    stores,
    catalogue,
    registry,
    renderer: createRenderer({ baseUrl: config.baseUrl, applicationUrl: config.applicationUrl, instance: { name: config.instance } }),
    userTokens: createUserTokens(ring.deriveEach('user-tokens'), clock),
    live: createLive({ notify: dialect.notify, listen: dialect.listen }),
    admission: createAdmission({
      depth: () => queue.depth('fan-out'),
      freeBytes: dialect.freeBytes,
      highWater: config.highWater,
      diskFloor: config.diskFloor,
    }),
    liveConfig,
    healthWatch,
    issues: createIssues({ registry, known: healthWatch.known, clock }),
    metrics,
    counts: createHubMetrics(metrics, { clock, providerOf: (id) => registry.find(id)?.provider ?? 'none', storageRefusal }),
    destinations: createDestinations({
      providers,
      open: stores.secrets.open,
      clock,
      dropped(value) {
        threads?.forget(value)
        const meant = appriseUrls.known(value)
        if (meant !== null) for (const part of [meant.settings, meant.destination]) threads?.forget(part)
      },
    }),
  }
}
