import type { Config } from '../config.ts'
import { LOG_CONNECTION, type Registry } from '../connections/registry.ts'
import type { EventType } from '../domain/event-type.ts'
import { StartError } from '../domain/start-error.ts'
import type { Clock, Millis } from '../domain/time.ts'
import { type Faults, parseFaults } from '../faults.ts'
import { listen } from '../http/listen.ts'
import { createServer } from '../http/server.ts'
import { createLog, type Log } from '../log.ts'
import { createFailureLog } from '../operations/failure-log.ts'
import { hubGauges } from '../operations/gauges.ts'
import { processMetrics } from '../operations/process.ts'
import { createPipeline } from '../pipeline.ts'
import { providers } from '../providers/index.ts'
import { createHttp } from '../providers/kit/http.ts'
import { isFolder } from '../providers/script/folder.ts'
import { createScripts } from '../providers/script/scripts.ts'
import { openQueue } from '../queue/open.ts'
import type { TimeRule } from '../routing/standing.ts'
import { createLoops } from '../schedule/loops.ts'
import { systemTimers } from '../schedule/timers.ts'
import { createOutbound, parseAllowList, tooWide } from '../security/outbound.ts'
import { auditAlone } from '../storage/audit.ts'
import { onConfigChange } from '../storage/config-changes.ts'
import { storageFailure } from '../storage/dialects/storage-error.ts'
import { openError } from '../storage/open.ts'
import { sendingHold } from '../storage/operations/sending-hold.ts'
import { onCalledOff } from '../storage/pipeline/call-off.ts'
import { createJobLeases } from '../storage/schedule/jobs.ts'
import { noteKeysAtStart } from '../storage/security/keys-at-start.ts'
import { version } from '../version.ts'
import { endOnFatal } from './fatal-storage.ts'
import { listenError } from './listen-error.ts'
import { hubLoops } from './loops.ts'
import { openStore } from './open-store.ts'
import { outboundOf } from './outbound-of.ts'
import { createHoldWatch } from './sending-hold.ts'
import { taskKinds } from './task-kinds.ts'
import { FORM, threadConfig } from './threads/messages.ts'
import { startThread } from './threads/start-thread.ts'
import { createThreads } from './threads/threads.ts'
import { pipelineParts } from './wire-pipeline.ts'
import { wireRooms } from './wire-rooms.ts'
import { wireServer } from './wire-server.ts'
import { wireServices } from './wire-services.ts'

export interface AppOptions {
  clock?: Clock
  random?: () => number
  log?: Log
  /** Event types that packs brought. */
  eventTypes?: readonly EventType[]
  /** Rules that hold deliveries, in their order. */
  timeRules?: readonly TimeRule[]
  /** Threads send whatever they may, and not only while the hub is busy. */
  alwaysInThreads?: boolean
  /** Ends this process at once, when a fault point says so. */
  kill?: () => void
  /** Ends this process with an exit code after a fatal storage failure. */
  exit?: (code: number) => void
}

/** How long a stop waits for work in flight, in milliseconds. */
const DRAIN_MS = 25_000

/** Builds every part once and passes it on. Nothing is global; tests build the same hub with another clock. */
export async function createApp(config: Config, options: AppOptions = {}): Promise<CarillonApp> {
  const opened: Step[] = []
  try {
    return await build(config, options, opened)
  } catch (error) {
    // A hub that was not built keeps no database and no lock.
    await endAll(opened.reverse()).catch(() => {})
    throw explained(error, config)
  }
}

/** The database may go away at any point of the start. */
const explained = (error: unknown, { databaseUrl }: Config): unknown =>
  storageFailure(error) === null || error instanceof StartError ? error : openError(error, databaseUrl)

async function build(config: Config, options: AppOptions, opened: Step[]) {
  const { clock = Date.now, random = Math.random, log = createLog(config.logLevel), eventTypes = [], timeRules = [] } = options
  const startedAt = clock()
  const faults: Faults = parseFaults(config.fault, options.kill ?? (() => process.kill(process.pid, 'SIGKILL')))
  const { dialect, ring } = await openStore(config, {
    lock: true,
    onFatal: endOnFatal(log, options.exit ?? ((code) => process.exit(code))),
    onWaiting: () => log.warn('PostgreSQL is still starting: waiting for it'),
    commitFault: faults.nextCommit,
  })
  opened.push(dialect.close)
  const failed = createFailureLog(log, clock)
  await dialect.eventKeys.load()

  const { leaseMs } = config
  const queue = openQueue(dialect, { kinds: taskKinds(dialect), clock, leaseMs })
  opened.push(queue.stop)
  await queue.start()
  await noteKeysAtStart(dialect, queue, ring.ids)
  const allow = parseAllowList(config.outboundAllow)
  for (const wide of tooWide(allow)) log.warn(`CARILLON_OUTBOUND_ALLOW: ${wide} to every connection and application; name the hosts instead`)
  if (config.allowedOrigins === '*')
    log.warn('CARILLON_ALLOWED_ORIGINS: * lets the pages of every website call the hub with a token that they have; list your origins instead')
  const outbound = createOutbound(outboundOf(config))
  const http = createHttp({ outbound, version, ownName: URL.parse(config.baseUrl)?.hostname, clock })
  opened.push(http.close)
  const threads = createThreads({
    count: config.sendThreads,
    always: options.alwaysInThreads ?? faults.rehearses('always_in_threads'),
    start: startThread,
    data: { form: FORM, config: threadConfig(config) },
    provider: (id) => providers.find((one) => one.id === id),
    clock,
    random,
    log,
  })
  opened.push(threads.stop)
  const scripts =
    config.scriptsDir === null
      ? undefined
      : createScripts({
          folder: config.scriptsDir,
          audit: ({ path, ...detail }) => auditAlone(dialect, { actor: 'system', action: 'script.run', target: path, detail, at: clock() }),
          failed,
        })

  if (config.scriptsDir !== null && !isFolder(config.scriptsDir))
    log.warn({ folder: config.scriptsDir }, 'the folder CARILLON_SCRIPTS_DIR does not exist: every script is refused until it does')

  const base = {
    config,
    clock,
    random,
    log,
    faults,
    failed,
    dialect,
    ring,
    queue,
    http,
    threads,
    outbound,
    scripts,
    providers,
    eventTypes,
    timeRules,
    startedAt,
  }
  const hub = { ...base, ...(await wireRooms(base)) }
  const { admission, healthWatch, live, liveConfig, metrics, registry } = hub
  const hold = createHoldWatch({ read: () => sendingHold(dialect), confirmed: () => pipeline.wake(), failed, log })
  const parts = pipelineParts(hub, hold.held)
  const pipeline = createPipeline(parts)
  hubGauges(metrics, {
    ...hub,
    unknownTasks: queue.unknown,
    sendingHeld: hold.held,
    nextDue: () => parts.outbox.nextDue(hold.held() ? [] : openQueues(registry, clock())),
    oldestTask: () => queue.oldest('fan-out'),
  })
  processMetrics(metrics, threads.deaths)
  const services = wireServices(hub, pipeline)
  const server = await createServer(wireServer(hub, services))
  const leases = createJobLeases({ dialect, clock, leaseMs, owner: queue.owner, dead: queue.dead })
  const loops = createLoops(hubLoops(hub, pipeline.tending, hold.loop), { leases, leaseMs, clock, timers: systemTimers, failed })
  const stopHearing = onConfigChange(dialect, (kind) => {
    if (kind === 'keys') return
    if (kind === 'connections' || kind === 'health') healthWatch.wake()
    liveConfig.read(kind).then(pipeline.wake, (error: unknown) => failed(`reading ${kind}`, error))
  })

  const stopHearingCalledOff = onCalledOff(dialect, { event: (id) => void pipeline.giveBack(id), all: pipeline.lookAgain })

  /** Readiness fails, claims stop, work in flight ends; then everything is closed. Safe to call twice. */
  async function stop(withinMs = DRAIN_MS): Promise<void> {
    admission.stop()
    await endAll([
      () => pipeline.stop(withinMs),
      loops.stop,
      () => server.close(),
      stopHearing,
      stopHearingCalledOff,
      live.stop,
      liveConfig.disposeAll,
      threads.stop,
      http.close,
      queue.stop,
      dialect.close,
    ])
  }

  return {
    ...hub,
    pipeline,
    server,
    /** Listens, then starts working; returns the address. When one of them fails, everything is closed and no work was claimed. */
    async start(): Promise<string> {
      try {
        await admission.measure()
        await hold.look()
        const address = await listen(server, config).catch((error: unknown) => {
          throw listenError(error, config)
        })
        if (config.role !== 'api') pipeline.start()
        loops.start()
        return address
      } catch (error) {
        await stop(0).catch((late: unknown) => failed('closing', late))
        throw explained(error, config)
      }
    },
    stop,
  }
}

type Step = () => unknown

/** Every step runs even if one fails: without a database, claimed work cannot be released, but everything else must still close. */
async function endAll(steps: readonly Step[]): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps)
    try {
      await step()
    } catch (error) {
      errors.push(error)
    }
  if (errors.length > 0) throw errors[0]
}

export type CarillonApp = Awaited<ReturnType<typeof build>>

/** The queues that a worker may claim from now, so that a queue behind a blocked connection does not make the hub look slow. */
const openQueues = (registry: Registry, now: Millis): string[] => [
  ...registry.lanes(now).flatMap((connection) => registry.queuesOf(connection, now)),
  LOG_CONNECTION,
]
