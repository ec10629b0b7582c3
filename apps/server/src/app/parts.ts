import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Config } from '../config.ts'
import type { AddressHash } from '../connections/address-hash.ts'
import type { AppriseUrls } from '../connections/apprise-urls.ts'
import type { createDestinations } from '../connections/destinations.ts'
import type { Registry } from '../connections/registry.ts'
import type { EventType } from '../domain/event-type.ts'
import type { Clock } from '../domain/time.ts'
import type { Faults } from '../faults.ts'
import type { Live } from '../inbox/live.ts'
import type { Log } from '../log.ts'
import type { HealthWatch } from '../operations/health-watch.ts'
import type { HubMetrics } from '../operations/hub-metrics.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { Admission } from '../pipeline/admission.ts'
import type { Provider } from '../providers/kit/contract.ts'
import type { HttpDoor } from '../providers/kit/http.ts'
import type { Scripts } from '../providers/kit/scripts.ts'
import type { Queue } from '../queue/queue.ts'
import type { Renderer } from '../rendering/render.ts'
import type { TimeRule } from '../routing/standing.ts'
import type { Outbound } from '../security/outbound.ts'
import type { KeyRing } from '../security/secrets.ts'
import type { UserTokens } from '../security/user-tokens.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { KnownIssue } from '../storage/operations/health-issues.ts'
import type { Trx } from '../storage/schema.ts'
import type { LiveConfig } from './live-config.ts'
import type { Stores } from './stores.ts'
import type { Threads } from './threads/threads.ts'

/** The base of a hub: its configuration, its clock, and its access to the outside. Tests pass others. */
export interface Base {
  config: Config
  clock: Clock
  random: () => number
  log: Log
  faults: Faults
  /** Logs it; `meanwhile`: what happens instead. */
  failed(what: string, error: unknown, meanwhile?: string): void
  dialect: Dialect
  ring: KeyRing
  queue: Pick<Queue<Trx>, 'enqueue' | 'depth'>
  http: HttpDoor
  /** Absent: everything is sent in the main thread. */
  threads?: Threads
  outbound: Pick<Outbound, 'permits'>
  /** Absent: scripts are off. */
  scripts: Scripts | undefined
  providers: readonly Provider[]
  /** Event types that packs brought. */
  eventTypes: readonly EventType[]
  /** Rules that hold deliveries, in their order. */
  timeRules: readonly TimeRule[]
  startedAt: number
}

/** The rooms, each built once. */
export interface Rooms {
  provider(id: string): Provider | undefined
  addressHash: AddressHash
  appriseUrls: AppriseUrls
  stores: Stores
  catalogue: Catalogue
  registry: Registry
  renderer: Renderer
  live: Live<Trx>
  userTokens: UserTokens
  admission: Admission
  liveConfig: LiveConfig
  healthWatch: HealthWatch
  /** The present issues, from the first failure of a connection. */
  issues(): readonly KnownIssue[]
  metrics: Metrics
  counts: HubMetrics
  destinations: ReturnType<typeof createDestinations>
}

/** The built parts of which the pipeline is wired. */
export interface Hub extends Base, Rooms {
  queue: Queue<Trx>
}
