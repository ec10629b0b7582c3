import { createHmac } from 'node:crypto'
import type { createCatalogue } from '../catalogue/catalogue.ts'
import { type Notice, noticeEvents } from '../catalogue/notices.ts'
import type { Config } from '../config.ts'
import { APPRISE, type AppriseUrls, DIRECT } from '../connections/apprise-urls.ts'
import { addressHash, type createDestinations } from '../connections/destinations.ts'
import { limitsOf } from '../connections/limits.ts'
import type { Registry } from '../connections/registry.ts'
import type { Event } from '../domain/event.ts'
import type { Clock } from '../domain/time.ts'
import type { Faults } from '../faults.ts'
import type { Live } from '../inbox/live.ts'
import type { Log } from '../log.ts'
import type { HealthWatch } from '../operations/health-watch.ts'
import type { HubMetrics } from '../operations/hub-metrics.ts'
import type { Metrics } from '../operations/metrics.ts'
import { logOutcomes, logSystemEvents } from '../operations/operator-log.ts'
import type { Admission } from '../pipeline/admission.ts'
import type { PipelineParts } from '../pipeline.ts'
import { providerById } from '../providers/index.ts'
import type { Http } from '../providers/kit/contract.ts'
import type { Scripts } from '../providers/kit/scripts.ts'
import type { Queue } from '../queue/queue.ts'
import { renderLine } from '../rendering/liquid.ts'
import type { Renderer } from '../rendering/render.ts'
import type { TimeRule } from '../routing/standing.ts'
import { hideSecrets } from '../security/scrub.ts'
import { type KeyRing, secretPlace } from '../security/secrets.ts'
import { mergeSensitive, type Sensitive, splitSensitive } from '../security/sensitive-fields.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { storageFailure } from '../storage/dialects/storage-error.ts'
import { insertEvents } from '../storage/pipeline/event-store.ts'
import { adoptOrphans } from '../storage/pipeline/orphans.ts'
import { createOutbox } from '../storage/pipeline/outbox.ts'
import { createLoader } from '../storage/pipeline/outbox-load.ts'
import { recordOutcomes } from '../storage/pipeline/outbox-record.ts'
import { createPlanStore } from '../storage/pipeline/plan-store.ts'
import { createReleaseStore } from '../storage/pipeline/release.ts'
import type { Trx } from '../storage/schema.ts'
import { keeper } from './keep-events.ts'
import type { LiveConfig } from './live-config.ts'
import { createPatience } from './patience.ts'
import type { Stores } from './stores.ts'
import { taskPort } from './task-port.ts'

/** The built parts that the others are made from. */
export interface Hub {
  config: Config
  clock: Clock
  random: () => number
  log: Log
  faults: Faults
  failed(what: string, error: unknown): void
  dialect: Dialect
  ring: KeyRing
  queue: Queue<Trx>
  http: Http
  /** Absent: scripts are off. */
  scripts: Scripts | undefined
  appriseUrls: AppriseUrls
  stores: Stores
  catalogue: ReturnType<typeof createCatalogue>
  registry: Registry
  renderer: Renderer
  live: Live<Trx>
  admission: Admission
  liveConfig: LiveConfig
  healthWatch: HealthWatch
  metrics: Metrics
  counts: HubMetrics
  startedAt: number
  destinations: ReturnType<typeof createDestinations>
  timeRules: readonly TimeRule[]
}

/** Gives the pipeline its ports: what it asks for on the left, who does it on the right. */
export function pipelineParts(hub: Hub): PipelineParts {
  const { catalogue, clock, config, dialect, faults, queue, registry, random, ring, stores, liveConfig } = hub
  const loader = createLoader(dialect, clock)
  const outbox = createOutbox({ dialect, clock, owner: queue.owner, dead: queue.dead, leaseMs: config.leaseMs })
  const releases = createReleaseStore(dialect, clock)
  const plans = createPlanStore({ dialect, clock, addressHash, complete: queue.complete, inboxChanged: hub.live.inboxChanged })
  const keep = keeper(hub)

  const hubNow = () => ({
    channels: liveConfig.channels(),
    logOnly: registry.logOnly(),
    shared: registry.shared(),
    timeRules: hub.timeRules,
    connectionFor: (channel: string, provider?: string) => registry.planOn(channel, clock(), provider),
  })
  const dedupSecret = ring.derive('dedup')
  const admit = {
    seal(schema: object, data: Event['data'], eventId: string) {
      const split = splitSensitive(schema, data)
      return { data: split.data, sensitive: split.sensitive && ring.encrypt(JSON.stringify(split.sensitive), secretPlace('events', 'sensitive', eventId)) }
    },
    dedupKey: (template: string, data: Event['data']) =>
      renderLine(template, { data, user: {}, event: {}, url: '', instance: {} }, { locale: 'en', timezone: 'UTC' }),
    veil: (text: string) => createHmac('sha256', dedupSecret).update(text).digest('base64url'),
    knowsChannel: liveConfig.knowsChannel,
  }
  /** Events whose secrets have to go when their last delivery ends. */
  const sensitive = new Set<string>()

  const patience = createPatience((error) => storageFailure(error) !== null, clock)

  return {
    clock,
    registry,
    failed(what, error) {
      patience.noticed(error)
      hub.failed(what, error)
    },
    accept: {
      catalogue,
      admit,
      keep,
      unknownTopics: stores.events.unknownTopics,
      admission: hub.admission.check,
      clock,
    },
    explain: { catalogue, admit, hub: hubNow, rehearse: plans.rehearse, clock },
    fanOut: {
      catalogue,
      hub: hubNow,
      async planning(run) {
        const began = performance.now()
        const planned = await plans.planning(async (tx) => {
          const result = await run(tx)
          faults.at('route.mid_batch')
          return result
        })
        hub.counts.plannedIn(performance.now() - began)
        return planned
      },
      reading: plans.reading,
      planned: hub.counts.planned,
      async events(ids) {
        const events = await stores.eventStore.find(ids)
        for (const event of events.values()) {
          loader.remember(event)
          faults.at('route.before', event.type)
        }
        return events
      },
      drop: (done) => dialect.db.transaction().execute((trx) => queue.complete(trx, done)),
      stopping: () => hub.admission.state().refusal === 'stopping',
      clock,
    },
    delivering: {
      http: hub.http,
      scripts: hub.scripts,
      logLine: logLine(hub),
      hide: hideSecrets,
      clock,
      random,
      provider: providerById,
      catalogue,
      registry,
      hub: hubNow,
      render(input) {
        faults.at('send.before', input.recipient.id)
        return hub.renderer.message(input)
      },
      unseal(event) {
        if (event.sensitive === null) return event.data
        const values: Sensitive = JSON.parse(ring.decrypt(event.sensitive, secretPlace('events', 'sensitive', event.id)))
        return mergeSensitive(event.data, values)
      },
      destination: hub.destinations,
      meaning: (channel, destination) => (channel === APPRISE ? hub.appriseUrls.meaning(destination) : null),
      log: (job, message) =>
        hub.log.info(
          { delivery: job.id, channel: job.channel, recipient: job.recipient, title: message.title, text: message.text },
          'log-only mode: nothing was sent',
        ),
    },
    tasks: patience.with(taskPort(hub)),
    work: {},
    outbox: {
      async claim(queues, limit, urgentFirst) {
        const claimed = await outbox.claim(queues, limit, urgentFirst)
        if (claimed.length > 0) faults.at('lease.after_claim')
        return claimed
      },
      claimSuspect: outbox.claimSuspect,
      async load(claimed) {
        const loaded = await loader.load(claimed)
        for (const { event } of loaded) if (event.sensitive !== null) sensitive.add(event.id)
        return loaded
      },
      async record(outcomes) {
        if (outcomes.some(({ state }) => state === 'sent')) faults.at('send.after_bytes')
        const changed = await recordOutcomes(
          {
            beforeCommit: () => faults.at('record.before_commit'),
            dialect,
            health: stores.health,
            clock,
            startedAt: hub.startedAt,
            owner: queue.owner,
            isKnown: (target) => registry.health(target) !== undefined,
            tell: tellNotices(hub),
            isSensitive: (id) => sensitive.has(id),
          },
          outcomes,
        )
        hub.counts.recorded(outcomes)
        logOutcomes(hub.log, outcomes)
        if (changed.some(({ target }) => target.startsWith('con_'))) hub.healthWatch.wake()
        return changed
      },
      nextDue: outbox.nextDue,
      health: stores.health.all,
      heartbeat: outbox.heartbeat,
      async sweep() {
        const { released, quarantined } = await outbox.sweep()
        if (released > 0) hub.log.warn({ released, quarantined: quarantined.length }, 'deliveries of a dead process were taken back')
      },
    },
    release: {
      catalogue,
      hub: hubNow,
      releaseOn: (channel, provider) => registry.releaseOn(channel, clock(), provider),
      async releasing(run) {
        const released = await releases.releasing(async (tx) => {
          const result = await run(tx)
          faults.at('release.before_commit')
          return result
        })
        faults.at('release.after_commit')
        return released
      },
      expire: releases.expire,
      nextHeld: releases.nextHeld,
      adoptOrphans: () => adoptOrphans(dialect, clock, [DIRECT.id]),
      clock,
    },
    limits: (id) => limitsOf(registry.find(id)),
  }
}

/** Keeps what operators and people are to hear as events, in the same transaction. */
export const tellNotices =
  ({ clock, dialect, log, queue, registry }: Pick<Hub, 'clock' | 'dialect' | 'log' | 'queue' | 'registry'>) =>
  async (trx: Trx, notices: readonly Notice[]): Promise<void> => {
    const events = noticeEvents(notices, { connection: registry.find, clock })
    await insertEvents(dialect, trx, queue.enqueue, events)
    logSystemEvents(log, events)
  }

/** Where the provider `log` writes. */
export const logLine = (hub: Pick<Hub, 'log'>) => (line: object) => hub.log.info(line, 'a message of the channel log')
