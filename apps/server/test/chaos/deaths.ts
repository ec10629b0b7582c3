import type { Engine } from '../../src/storage/dialects/dialect.ts'
import type { Death } from './round.ts'

/** The points at which a process dies, and how often it may pass there before. */
const POINTS: readonly (readonly [point: string, most: number])[] = [
  ['ingest.after_parse', 60],
  ['ingest.before_commit', 12],
  ['ingest.before_hand_over', 12],
  ['ingest.after_commit_before_ack', 12],
  ['route.written', 6],
  ['route.mid_batch', 6],
  ['lease.after_claim', 6],
  ['send.after_bytes', 6],
  ['thread.before_send', 60],
  ['thread.after_send', 60],
  ['record.before_commit', 6],
  ['committer.before_commit', 12],
  ['release.before_commit', 4],
  ['release.after_commit', 4],
]

/** Points that are passed just before a commit: the commit may also fail fatally there. */
const AT_COMMIT: ReadonlySet<string> = new Set([
  'ingest.before_commit',
  'route.mid_batch',
  'record.before_commit',
  'committer.before_commit',
  'release.before_commit',
])

/**
 * One death at every point, some in the middle of a crowd; or `rounds` random ones, a third by a signal at any moment. A crowd costs seconds,
 * because what was in flight is sent one by one afterwards and what was held is spread: only rounds that need one have it.
 */
export function deaths(rounds: number, seed: number, engine: Engine): Death[] {
  if (rounds === 0)
    return [
      { fault: 'ingest.after_parse@20=kill', killAfter: null, crowd: false },
      { fault: 'ingest.before_commit@5=kill', killAfter: null, crowd: false },
      { fault: 'ingest.before_hand_over@5=kill', killAfter: null, crowd: false },
      { fault: 'ingest.after_commit_before_ack@5=kill', killAfter: null, crowd: false },
      { fault: 'route.mid_batch@2=kill', killAfter: null, crowd: true },
      { fault: 'lease.after_claim@3=kill', killAfter: null, crowd: false },
      { fault: 'send.after_bytes@2=kill', killAfter: null, crowd: true },
      { fault: 'thread.before_send@20=kill', killAfter: null, crowd: false },
      { fault: 'thread.after_send@20=kill', killAfter: null, crowd: false },
      { fault: 'record.before_commit@2=kill', killAfter: null, crowd: false },
      { fault: `${committing(engine)}@3=kill`, killAfter: null, crowd: false },
      { fault: 'ingest.before_commit@5=ioerr', killAfter: null, crowd: false },
      { fault: 'route.mid_batch@2=ioerr', killAfter: null, crowd: false },
      { fault: 'record.before_commit@2=ioerr', killAfter: null, crowd: false },
      { fault: 'release.before_commit@2=kill', killAfter: null, crowd: false },
      { fault: 'release.after_commit@2=kill', killAfter: null, crowd: true },
    ]
  const random = mulberry(seed)
  const upTo = (most: number) => 1 + Math.floor(random() * most)
  return Array.from({ length: rounds }, (_, i): Death => {
    const crowd = random() < 0.4
    if (i % 3 === 2) return { fault: null, killAfter: upTo(200), crowd }
    const [point, most] = POINTS[Math.floor(random() * POINTS.length)]!
    const action = AT_COMMIT.has(point) && random() < 0.4 ? 'ioerr' : 'kill'
    return { fault: `${point}@${upTo(most)}=${action}`, killAfter: null, crowd }
  })
}

/** On SQLite reports and outcomes share transactions: there it dies in one that is shared. */
const committing = (engine: Engine): string => (engine === 'sqlite' ? 'committer.before_commit:shared' : 'committer.before_commit')

/** A small random generator with a seed, so that a failed run can be repeated. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
