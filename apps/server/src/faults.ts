/**
 * Named points at which tests kill the real process. Without `CARILLON_FAULT` (accepted only with `NODE_ENV=test`) a point costs
 * one comparison. `point[:subject][@nth]=action` acts the nth time that the point is passed (by this subject, when one is named):
 * `kill` (SIGKILL to ourselves), `throw`, or how the next commit fails: `ioerr` (fatal), `full` (disk full), `lost` (unavailable).
 * At a point that is passed just before a commit, that commit fails. `switch=on` is a sabotage or a rehearsal. Several are separated by commas.
 */
export type FaultPoint = (typeof POINTS)[number]
const POINTS = [
  'ingest.after_parse',
  'ingest.before_commit',
  /** Committed; deliveries that skip the queue are not handed over yet. */
  'ingest.before_hand_over',
  'ingest.after_commit_before_ack',
  /** Subject: the type of the event being planned. */
  'route.before',
  /** A batch is written, but not its cursor; the batch before it may not be committed yet. */
  'route.written',
  'route.mid_batch',
  'lease.after_claim',
  /** Subject: the recipient's id. */
  'send.before',
  'send.after_bytes',
  /** In a thread that sends. Subject: the recipient's id. */
  'thread.before_send',
  /** Its outcome is known there, and nowhere else. Subject: the recipient's id. */
  'thread.after_send',
  'record.before_commit',
  /** Subject: `shared` where reports and outcomes are in one transaction, else `alone`. */
  'committer.before_commit',
  'release.before_commit',
  'release.after_commit',
  /** Subject: the table. */
  'rekey.after_read',
  'rekey.before_commit',
  'rekey.after_commit',
] as const

/** Switches that break durability on purpose, to show that the tests detect it. */
export type Sabotage = (typeof SABOTAGES)[number]
const SABOTAGES = ['ack_before_commit', 'enqueue_after_commit', 'hand_over_before_commit'] as const

/** Switches that break nothing, and make likely what is rare. */
export type Rehearsal = (typeof REHEARSALS)[number]
const REHEARSALS = [
  /** Threads send whatever they may, and not only while the hub is busy. */
  'always_in_threads',
] as const

/** How the next commit fails: `ioerr` is fatal, `full` is a full disk, `lost` is a lost connection or a locked file. */
export type CommitFault = 'ioerr' | 'full' | 'lost'

/** Called before each commit: returns how it fails, or null. */
export type NextCommitFault = () => CommitFault | null

const COMMIT_FAULTS: readonly string[] = ['ioerr', 'full', 'lost'] satisfies CommitFault[]
const isCommitFault = (action: string): action is CommitFault => COMMIT_FAULTS.includes(action)

export interface Faults {
  at(point: FaultPoint, subject?: string): void
  sabotaged(how: Sabotage): boolean
  rehearses(what: Rehearsal): boolean
  /** Called before each commit: returns how it fails, or null. */
  nextCommit(): CommitFault | null
}

const NO_FAULTS: Faults = { at: () => {}, sabotaged: () => false, rehearses: () => false, nextCommit: () => null }

interface Fault {
  point: string
  subject: string | undefined
  /** Passes left until it fires, including that one. */
  left: number
  action: string
}

/** Throws for an unknown name: the fault would never happen, and the test that relies on it would prove nothing. */
export function parseFaults(text: string | null, kill: () => void): Faults {
  if (text === null || text === '') return NO_FAULTS
  const on = new Set<string>()
  const faults: Fault[] = []
  let armed: CommitFault | null = null
  for (const part of text.split(',')) {
    const match = /^([a-z_.]+)(?::([\w.-]+))?(?:@(\d+))?=(kill|throw|ioerr|full|lost|on)$/.exec(part.trim())
    if (!match) throw new Error(`CARILLON_FAULT: "${part}" is not point[:subject][@nth]=kill|throw|ioerr|full|lost|on`)
    const [, point = '', subject, nth = '1', action = ''] = match
    const known: readonly string[] = action === 'on' ? [...SABOTAGES, ...REHEARSALS] : POINTS
    if (!known.includes(point)) throw new Error(`CARILLON_FAULT: "${point}" is not one of ${known.join(', ')}`)
    if (action === 'on') on.add(point)
    else faults.push({ point, subject, left: Number(nth), action })
  }
  return {
    at(point, subject) {
      const due = faults.find(
        (fault) => fault.point === point && (fault.subject === undefined || fault.subject === subject) && fault.left > 0 && --fault.left === 0,
      )
      if (due === undefined) return
      if (isCommitFault(due.action)) {
        armed = due.action
        return
      }
      if (due.action === 'kill') kill()
      throw new Error(`fault at ${point}`)
    },
    sabotaged: (how) => on.has(how),
    rehearses: (what) => on.has(what),
    nextCommit() {
      const how = armed
      armed = null
      return how
    },
  }
}
