import { checkKeys, givenKeys } from '../../app/secret-key.ts'
import type { Config } from '../../config.ts'
import { counted, nounFor } from '../../domain/counted.ts'
import { MAX_CRASHES } from '../../domain/task.ts'
import type { Clock } from '../../domain/time.ts'
import { heldSentence } from '../../operations/held-sentence.ts'
import type { KeyRing } from '../../security/secrets.ts'
import { databaseClock } from '../../storage/dialects/database-clock.ts'
import type { Dialect } from '../../storage/dialects/dialect.ts'
import { pendingMigrations } from '../../storage/migrate.ts'
import { commitTimes, failingDestinations, keyCheck, newestEventAt, quarantined } from '../../storage/operations/checkup.ts'
import { waitingForStart } from '../../storage/operations/reconcile.ts'
import { sendingHold } from '../../storage/operations/sending-hold.ts'
import { type Finding, failing, ok, warning } from './finding.ts'
import { judgeClocks } from './judge.ts'

const ROUNDS = 20

export async function lookAtSchema(dialect: Dialect): Promise<Finding> {
  const pending = await pendingMigrations(dialect)
  if (pending.length === 0) return ok('database', `${dialect.engine}, schema up to date`)
  return failing(
    'database',
    `${counted(pending.length, 'migration')} ${nounFor(pending.length, 'is', 'are')} missing: ${pending.join(', ')}`,
    'Run `carillon migrate`, or start the hub.',
  )
}

export async function lookAtDurability(dialect: Dialect): Promise<Finding> {
  const { setting, value } = await dialect.checkDurability()
  return ok('durability', `read back: ${setting} = ${value}`)
}

export const measureCommits = (dialect: Dialect): Promise<number[]> => commitTimes(dialect, ROUNDS, () => performance.now())

/** `since`: both clocks at the doctor's start. */
export async function lookAtClocks(dialect: Dialect, clock: Clock, since: { wall: number; monotonic: number }): Promise<Finding> {
  const asked = clock()
  const theirs = await databaseClock(dialect)
  // Assumes that half of the round trip belongs to each direction.
  const ours = (asked + clock()) / 2
  const newest = await newestEventAt(dialect)
  return judgeClocks({
    ahead: theirs === null ? null : theirs - ours,
    jumped: clock() - since.wall - (performance.now() - since.monotonic),
    future: newest === null ? null : newest - clock(),
  })
}

/** The keys from the environment or the key file; creates none; null before the first start. Throws when they do not match the database. */
export async function openRing(config: Pick<Config, 'secretKey' | 'dataDir'>, dialect: Dialect): Promise<KeyRing | null> {
  const ring = await givenKeys(config)
  checkKeys(config, ring, await keyCheck(dialect))
  return ring
}

/** Nothing to say unless the database was restored and nobody has confirmed. */
export async function lookAtSending(dialect: Dialect): Promise<Finding[]> {
  const hold = await sendingHold(dialect)
  if (hold === null) return []
  return [warning('sending', await heldSentence(dialect, hold), 'Decide what may be sent: `carillon restore --help`.')]
}

/** One or two dead receivers are their owners' concern; with this many on a channel the network of the hub may be to blame. */
const MANY = 10

export async function lookAtDestinations(dialect: Dialect): Promise<Finding[]> {
  const many = (await failingDestinations(dialect)).filter(({ count }) => count >= MANY)
  return many.map(({ channel, count, error }) =>
    warning(
      `destinations of ${channel}`,
      `the last attempt at ${count} of them failed, although no connection is to blame; one error: ${error ?? 'unknown'}`,
      'When they have a server, a proxy or a network in common, look there; `carillon deliveries --state queued` lists what waits.',
    ),
  )
}

/** Quarantined work; and what a hub that was killed and is down had in hand. */
export async function lookAtWork(dialect: Dialect, clock: Clock): Promise<Finding[]> {
  const { events, deliveries } = await quarantined(dialect)
  const waiting = await waitingForStart(dialect, clock())
  const given =
    events + deliveries === 0
      ? ok('work', 'nothing is quarantined')
      : warning(
          'work',
          `quarantined because their process, or the thread that sent them, died ${MAX_CRASHES} times: ${counted(events, 'event')}, ${counted(deliveries, 'delivery', 'deliveries')}`,
          'Read the log of those deaths and remove the cause, then POST /v1/deliveries/:id/retry.',
        )
  if (waiting === 0) return [given]
  return [
    given,
    warning(
      'in hand',
      `${counted(waiting, 'delivery', 'deliveries')} that a hub had in hand when it ended ${nounFor(waiting, 'waits', 'wait')} for the next start; nothing is lost`,
      'Start the hub: after a stop they are sent like others, after a death one after the other; those of a single death wait at most a second for each other. If one runs and this stays, report it.',
    ),
  ]
}

export async function lookAtBooks(reconcile: () => Promise<{ problem: string; count: number }[]>): Promise<Finding | Finding[]> {
  const problems = await reconcile()
  if (problems.length === 0) return ok('books', 'every decision, delivery and attempt agrees')
  return problems.map(({ problem, count }) =>
    failing('books', `${problem}: ${count}`, 'This is a bug or a damaged file: keep a copy of the database and report it.'),
  )
}
