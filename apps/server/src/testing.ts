import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@carillon/client'
import { sql } from 'kysely'
import { type CarillonApp, createApp } from './app/app.ts'
import { type Config, readConfig } from './config.ts'
import type { EventType } from './domain/event-type.ts'
import type { Clock, Millis } from './domain/time.ts'
import { createLog } from './log.ts'
import type { TimeRule } from './routing/standing.ts'
import { stateLit } from './storage/delivery-states.ts'

/** A clock that only a test moves. */
export interface TestClock {
  now: Clock
  advance(ms: Millis): void
}

export function createTestClock(start: Millis = Date.UTC(2026, 0, 5, 12)): TestClock {
  let at = start
  return {
    now: () => at,
    advance(ms) {
      at += ms
    },
  }
}

export interface TestHubOptions {
  /** An empty database; `sqlite:` in a folder of its own when absent. */
  databaseUrl?: string
  clock?: Clock
  random?: () => number
  eventTypes?: readonly EventType[]
  /** Rules that hold deliveries, in their order. */
  timeRules?: readonly TimeRule[]
  /** More environment, e.g. `CARILLON_ROLE`. */
  env?: Record<string, string>
  /** Threads that send whatever they may; those of `TEST_SEND_THREADS` when absent, else none. */
  sendThreads?: number
  /** They do so only while the hub is busy, as in a hub that is not tested. */
  threadsWhenBusy?: boolean
  /** Called instead of ending the process after a fatal storage failure. */
  exit?: (code: number) => void
  /** Called instead of killing the process at a fault point. */
  kill?: () => void
  /** Receives every log line. */
  log?: (line: string) => void
}

export interface TestHub {
  app: CarillonApp
  address: string
  rootKey: string
  config: Config
  /** The SDK with the root key, or acting for a user. */
  client(user?: string): Client
  /** Works until nothing more is due; throws after too many looks. */
  settle(): Promise<void>
  /** Fails when the tables contradict each other; every story calls it at its end. */
  reconcile(): Promise<void>
  /** `withinMs`: how long work in flight is waited for. */
  stop(withinMs?: number): Promise<void>
}

export const TEST_ROOT_KEY = 'root-key-of-the-tests'
const TEST_SECRET = `test:${Buffer.from('0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdeffedcba9876543210', 'hex').toString('base64')}`

/** The whole hub in this process on a free port of the loopback, allowed to call the loopback. */
export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-hub-'))
  const config = readConfig({
    PORT: '0',
    CARILLON_DATA_DIR: folder,
    CARILLON_DATABASE_URL: options.databaseUrl ?? `sqlite:${join(folder, 'carillon.db')}`,
    CARILLON_ROOT_KEY: TEST_ROOT_KEY,
    CARILLON_SECRET_KEY: TEST_SECRET,
    CARILLON_OUTBOUND_ALLOW: '127.0.0.1',
    CARILLON_DISK_FLOOR_MB: '1',
    CARILLON_SEND_THREADS: String(options.sendThreads ?? process.env['TEST_SEND_THREADS'] ?? 0),
    CARILLON_LOG_LEVEL: options.log ? 'debug' : 'silent',
    ...options.env,
  })
  const { clock, random, eventTypes, exit, kill, timeRules } = options
  const app = await createApp(config, {
    alwaysInThreads: options.threadsWhenBusy !== true,
    log: createLog(config.logLevel, options.log && { write: options.log }),
    ...(clock && { clock }),
    ...(random && { random }),
    ...(eventTypes && { eventTypes }),
    ...(timeRules && { timeRules }),
    ...(exit && { exit }),
    ...(kill && { kill }),
  })
  const address = await app.start()

  return {
    app,
    address,
    rootKey: TEST_ROOT_KEY,
    config,
    client: (user) => createClient({ baseUrl: address, token: TEST_ROOT_KEY, ...(user === undefined ? {} : { user }) }),
    async settle() {
      for (let looks = 0; looks < 3000; looks++) {
        if ((await pending(app)) === 0) return
        app.pipeline.wake()
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new Error('the hub does not come to rest')
    },
    async reconcile() {
      const problems = await app.stores.events.reconcile()
      if (problems.length > 0) throw new Error(`the tables contradict each other: ${JSON.stringify(problems)}`)
    },
    async stop(withinMs) {
      await app.stop(withinMs)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Events without decisions; deliveries due now, in flight, or held until now. Read in one statement: the end of a delivery may report an event,
 * and two reads could miss both.
 */
async function pending({ dialect, clock, pipeline, liveConfig }: CarillonApp): Promise<number> {
  const now = clock()
  const served = liveConfig.channels().filter(({ connected }) => connected)
  const { rows } = await sql<{ n: number | string | bigint }>`select
    (select count(*) from events where state = 'accepted' or (state = 'scheduled' and send_at <= ${now})) +
    (select count(*) from deliveries where state = ${stateLit('sending')} or (state = ${stateLit('queued')} and due_at <= ${now}) or (state = ${stateLit('held')} and (held_until <= ${now} or expires_at <= ${now}
      or (held_until is null and channel in ${dialect.among(served.map(({ name }) => name))})))) as n`.execute(dialect.db)
  return Number(rows[0]!.n) + pipeline.inFlight()
}
