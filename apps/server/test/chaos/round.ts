import { FATAL_STORAGE } from '../../src/app/fatal-storage.ts'
import { codeOf } from '../../src/storage/delivery-states.ts'
import type { TestHub } from '../../src/testing.ts'
import { until } from '../stories/world.ts'
import type { End, Special } from './hub-process.ts'
import { losses, sentAfterCancel, storedDeliveries } from './losses.ts'
import { type Report, storm } from './storm.ts'
import type { Town } from './town.ts'

/** How one process is stopped. */
export interface Death {
  /** `CARILLON_FAULT`; null = only the signal. */
  fault: string | null
  /** SIGKILL after this many responses; null = the fault kills it. */
  killAfter: number | null
  /** Whether the storm begins with an event for the whole crowd. */
  crowd: boolean
}

/** How the process has to end: after a fatal commit error the hub exits by itself, in all other cases it is killed. */
const endOf = ({ fault }: Death): End => (fault?.endsWith('=ioerr') ? { code: FATAL_STORAGE, signal: null } : { code: null, signal: 'SIGKILL' })

/** The points inside release are passed only when deliveries are held, and those in a thread only when it sends. */
const special = ({ fault }: Death): Special | undefined => (fault?.startsWith('release.') ? 'holds' : undefined)
const isInThread = ({ fault }: Death): boolean => fault?.startsWith('thread.') ?? false

/** Reports are numbered through all rounds of a town. */
export interface Run {
  town: Town
  reports: Report[]
}

const CLIENTS = 8
const EACH = 60
/** One in so many is cancelled, planned at once or as a task. */
const CANCELLED = 9

/**
 * One round: a storm of reports until the process dies, the unanswered reports sent again, all work finished by a hub
 * without faults, and the results compared. Returns the broken promises; empty when all were kept.
 */
export async function round(run: Run, death: Death): Promise<string[]> {
  const { fault, killAfter, crowd } = death
  const { town } = run
  const child = isInThread(death) ? town.process(`${fault},always_in_threads=on`, { CARILLON_SEND_THREADS: '1' }) : town.process(fault, {}, special(death))
  const address = await child.address
  let n = run.reports.length
  let answers = 0
  let first = crowd
  const rang = storm({
    address,
    clients: CLIENTS,
    each: EACH,
    over: () => {
      if (killAfter !== null && ++answers >= killAfter) child.signal('SIGKILL')
      return child.hasEnded()
    },
    next() {
      const toCrowd = first
      first = false
      // Every other event is planned when it is accepted.
      const group = n % 2 === 0 ? undefined : town.groups[n % town.groups.length]
      const users = toCrowd ? town.users : (group?.users ?? some(town.users, n))
      const to = toCrowd ? [{ topic: town.crowd }] : group ? [{ topic: group.topic }] : [...users]
      const cancels = !toCrowd && n % CANCELLED === 0
      return { n, users, cancels, report: { type: town.eventType, to, data: { n: n++ } } }
    },
  })
  const reports = await rang
  await until(child.hasEnded, `the end of a hub with ${fault ?? 'a SIGKILL'}:\n${child.log()}`)
  const { code, signal } = await child.ended
  const meant = endOf(death)
  if (code !== meant.code || signal !== meant.signal) throw new Error(`the hub was to end at ${fault}, but it ended with ${code ?? signal}:\n${child.log()}`)
  run.reports.push(...reports)

  const before = await town.look(storedDeliveries)
  const leased = before.filter(({ state }) => state === 'sending')
  const hub = await town.hub()
  try {
    const again = await askAgain(hub, reports)
    await drain(hub)
    return [...again, ...(await losses({ hub, town, all: run.reports, reports, leased })), ...(await sentAfterCancel(hub, before))]
  } finally {
    await hub.stop()
  }
}

/** One to three people, the same for the same number. */
export const some = (users: readonly string[], n: number): string[] => Array.from({ length: 1 + (n % 3) }, (_, i) => users[(n * 7 + i * 101) % users.length]!)

/** Sends every report once more with its key: an answered one gets the same response, an unanswered one gets its response now. */
export async function askAgain(hub: TestHub, reports: readonly Report[]): Promise<string[]> {
  const wrong: string[] = []
  const client = hub.client()
  const known = reports.filter(({ answer }) => answer !== null).slice(-CLIENTS * 4)
  for (const one of [...reports.filter(({ answer }) => answer === null), ...known]) {
    const { id } = await client.events.report(one.report, { idempotencyKey: one.key })
    if (one.answer !== null && id !== one.answer) wrong.push(`report ${one.n} was answered ${one.answer}, and ${id} when it was asked again`)
    one.answer ??= id
  }
  return wrong
}

/** Runs until the queue is empty and nothing is due. Lost work is not waited for. */
export async function drain({ app }: TestHub): Promise<void> {
  await until(async () => {
    app.pipeline.wake()
    if ((await app.queue.depth('fan-out')) > 0 || app.pipeline.inFlight() > 0) return false
    const left = await app.dialect.db
      .selectFrom('deliveries')
      .select('id')
      .where('state', 'in', (['held', 'queued', 'sending'] as const).map(codeOf))
      .limit(1)
      .executeTakeFirst()
    return left === undefined
  }, 'a hub that has nothing left to do')
}
