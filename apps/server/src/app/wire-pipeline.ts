import { createHmac } from 'node:crypto'
import { APPRISE, DIRECT } from '../connections/apprise-urls.ts'
import { createLimits } from '../connections/limits.ts'
import type { Event } from '../domain/event.ts'
import { createCommitter } from '../flow/committer.ts'
import type { PipelineParts } from '../pipeline.ts'
import { dedupKey } from '../rendering/dedup-key.ts'
import { hideSecrets } from '../security/scrub.ts'
import { secretPlace } from '../security/secrets.ts'
import { mergeSensitive, type Sensitive, splitSensitive } from '../security/sensitive-fields.ts'
import { failsForAll, storageFailure } from '../storage/dialects/storage-error.ts'
import { inTransaction } from '../storage/in-transaction.ts'
import { createNode } from '../storage/pipeline/nodes.ts'
import { adoptOrphans } from '../storage/pipeline/orphans.ts'
import { createOutbox } from '../storage/pipeline/outbox.ts'
import { createLoader } from '../storage/pipeline/outbox-load.ts'
import { type RecordParts, recordOutcomes } from '../storage/pipeline/outbox-record.ts'
import { createPlanStore } from '../storage/pipeline/plan-store.ts'
import { createReleaseStore } from '../storage/pipeline/release.ts'
import type { Trx } from '../storage/schema.ts'
import { enqueueAccepted, keeper } from './keep-events.ts'
import { keptOf } from './kept-of.ts'
import { observed } from './observed.ts'
import type { Hub } from './parts.ts'
import { createPatience } from './patience.ts'
import { taskPort } from './task-port.ts'
import { logLine, tellNotices } from './tell.ts'

/** Gives the pipeline its ports: the port on the left, its implementation on the right. */
export function pipelineParts(hub: Hub, isHeld: () => boolean): PipelineParts {
  const { catalogue, clock, config, dialect, faults, queue, registry, random, ring, stores, liveConfig } = hub
  const loader = createLoader(dialect, clock)
  const node = createNode({ dialect, clock, owner: queue.owner, leaseMs: config.leaseMs })
  const outbox = createOutbox({ dialect, clock, owner: queue.owner, node, dead: queue.dead, leaseMs: config.leaseMs })
  const releases = createReleaseStore(dialect, clock)
  const committer = createCommitter<Trx>({
    transaction: (run) => inTransaction(dialect, run),
    shared: dialect.writers === 1,
    isStorageFailure: failsForAll,
    beforeCommit: (works) => faults.at('committer.before_commit', works > 1 ? 'shared' : 'alone'),
  })
  const plans = createPlanStore({
    dialect,
    transaction: committer.transaction,
    clock,
    addressHash: hub.addressHash,
    complete: queue.complete,
    enqueue: enqueueAccepted(hub),
    node,
    eventNumbers: stores.eventNumbers,
    inboxChanged: hub.live.inboxChanged,
  })
  const limitsOf = createLimits(hub.provider)

  const rulesNow = () => ({ channels: liveConfig.channels(), logOnly: registry.logOnly(), timeRules: hub.timeRules })
  const hubNow = () => ({
    ...rulesNow(),
    shared: registry.shared(),
    connectionFor: (channel: string, provider?: string) => registry.planOn(channel, clock(), provider),
  })
  const dedupSecret = ring.derive('dedup')
  const admit = {
    seal(schema: object, data: Event['data'], eventId: string) {
      const split = splitSensitive(schema, data)
      return { data: split.data, sensitive: split.sensitive && ring.encrypt(JSON.stringify(split.sensitive), secretPlace('events', 'sensitive', eventId)) }
    },
    dedupKey,
    veil: (text: string) => createHmac('sha256', dedupSecret).update(text).digest('base64url'),
    channels: liveConfig.channelNames,
    applicationUrl: config.applicationUrl,
  }
  const tell = tellNotices(hub)

  const patience = createPatience((error) => storageFailure(error) !== null, clock)
  const failed = (what: string, error: unknown, meanwhile?: string): void => {
    patience.noticed(error)
    hub.failed(what, error, meanwhile)
  }
  const stopping = () => hub.admission.state().refusal === 'stopping'

  const recording: RecordParts = {
    beforeCommit: () => faults.at('record.before_commit'),
    dialect,
    health: stores.health,
    clock,
    startedAt: hub.startedAt,
    node: node.number,
    isKnown: (target) => registry.health(target) !== undefined,
    tell,
  }

  return observed(hub, {
    clock,
    registry,
    isHeld,
    failed,
    accept: {
      catalogue,
      admit,
      unknownTopics: stores.events.unknownTopics,
      admission: hub.admission.check,
      clock,
    },
    keeping: keeper(hub, committer.grouping),
    grouping: committer.grouping,
    isStorageFailure: failsForAll,
    keep: {
      storing: plans.storing,
      accepting: plans.accepting,
      catalogue,
      hub: hubNow,
      // Events that lose their tasks on purpose must need them.
      isPlanner: () => !faults.sabotaged('enqueue_after_commit'),
      isStorageFailure: failsForAll,
      failed,
      clock,
    },
    explain: { catalogue, admit, hub: hubNow, rehearse: plans.rehearse, unknownTopics: stores.events.unknownTopics, clock },
    fanOut: {
      catalogue,
      hub: hubNow,
      planning: plans.planning,
      parallel: dialect.parallel,
      tidy: dialect.tidy,
      planned(all) {
        for (const { event } of all) loader.remember(event)
      },
      async events(ids) {
        const events = await stores.eventStore.find(ids)
        for (const event of events.values()) loader.remember(event)
        return events
      },
      drop: (done) => inTransaction(dialect, (trx) => queue.complete(trx, done)),
      stopping,
      clock,
    },
    delivering: {
      http: hub.http.for,
      kept: keptOf(stores.keptSecrets),
      scripts: hub.scripts,
      logLine: logLine(hub),
      hide: hideSecrets,
      clock,
      random,
      provider: hub.provider,
      catalogue,
      registry,
      // Asked for every attempt: nothing here looks at all connections.
      hub: rulesNow,
      render: hub.renderer.message,
      ...(hub.threads && { spread: hub.threads.spread }),
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
      claim: outbox.claim,
      claimSuspect: outbox.claimSuspect,
      load: loader.load,
      record: (outcomes) => committer.transaction((trx) => recordOutcomes(recording, trx, outcomes)),
      nextDue: outbox.nextDue,
      health: stores.health.all,
      heartbeat: outbox.heartbeat,
      // A stop goes on without it, as after a storage failure that ends the process.
      stop: () => outbox.stop().catch((error: unknown) => failed('marking the stop', error, 'what it cuts off counts as a death of the process')),
      sweep: outbox.sweep,
    },
    release: {
      catalogue,
      hub: hubNow,
      releaseOn: (channel, provider) => registry.releaseOn(channel, clock(), provider),
      releasing: releases.releasing,
      expire: releases.expire,
      nextHeld: releases.nextHeld,
      adoptOrphans: () => adoptOrphans(dialect, clock, [DIRECT.id]),
      stopping,
      failed,
      clock,
    },
    limits: (id) => limitsOf(registry.find(id)),
  })
}
