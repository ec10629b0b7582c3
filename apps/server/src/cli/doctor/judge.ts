import { SECOND } from '../../domain/time.ts'
import { diskDetail } from '../../operations/health.ts'
import { whyNotReached } from '../../providers/kit/named-outside.ts'
import { type Finding, failing, ok, warning } from './finding.ts'

/** No disk syncs faster than this: a layer in between falsely reports success. */
const TOO_FAST_MS = 0.05
/** Above this an event waits longer for the disk than for everything else combined. */
const TOO_SLOW_MS = 20

/** `times` are commits of one row, in milliseconds; at least one. */
export function judgeCommits(times: readonly number[]): Finding {
  const sorted = [...times].sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const detail = `half of ${times.length} commits took at most ${median < 1 ? median.toFixed(3) : median.toFixed(1)} ms`
  if (median < TOO_FAST_MS)
    return warning(
      'commit',
      detail,
      'No disk is that fast: the data is in memory, or a cache confirms writes before they are on disk. They are lost at power failure.',
    )
  if (median > TOO_SLOW_MS) return warning('commit', detail, 'Every accepted event waits for a commit. Move the data to a local SSD.')
  return ok('commit', detail)
}

/** `free` is null when the engine cannot know. */
export function judgeDisk(free: number | null, floor: number): Finding {
  const detail = diskDetail(free, floor)
  if (free === null) return ok('disk', detail)
  if (free < floor) return failing('disk', detail, 'Free disk space; until then every event is refused with storage_full.')
  if (free < floor * 2) return warning('disk', detail, 'Free disk space before the floor is reached.')
  return ok('disk', detail)
}

export interface Clocks {
  /** Milliseconds by which the database's clock is ahead of ours; null when it has no separate clock. */
  ahead: number | null
  /** Change of the wall clock minus change of the monotonic clock, in milliseconds. */
  jumped: number
  /** Milliseconds by which the newest event lies in the future; null without events, negative when it lies in the past. */
  future: number | null
}

export function judgeClocks({ ahead, jumped, future }: Clocks): Finding {
  const remedy = 'Synchronise the clocks of all machines with NTP: hold times, retries and expiry depend on them.'
  if (ahead !== null && Math.abs(ahead) > 2 * SECOND)
    return failing('clock', `the database's clock is ${seconds(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} ours`, remedy)
  if (future !== null && future > SECOND)
    return failing('clock', `the newest event was accepted ${seconds(future)} in the future: the clock was set back`, remedy)
  if (Math.abs(jumped) > SECOND) return warning('clock', `the clock jumped by ${seconds(jumped)} during the check`, remedy)
  return ok('clock', ahead === null ? 'steady' : `steady, within ${seconds(Math.abs(ahead))} of the database's`)
}

const seconds = (ms: number): string => `${(ms / SECOND).toFixed(1)} s`

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i

/** `answer`: null when the hub answered at its base URL, else the error. */
export function judgeBaseUrl({ baseUrl, host }: { baseUrl: string; host: string }, answer: string | null): Finding[] {
  const { hostname, protocol } = new URL(baseUrl)
  const findings: Finding[] = []
  if (LOOPBACK.test(hostname) && !LOOPBACK.test(host))
    findings.push(
      warning(
        'base URL',
        `${baseUrl} points to each reader’s own machine, but the hub listens on ${host}`,
        'Set CARILLON_BASE_URL to the address under which people reach the hub.',
      ),
    )
  const why = LOOPBACK.test(hostname) ? null : whyNotReached(hostname)
  if (why !== null)
    findings.push(
      warning(
        'base URL',
        `${baseUrl} names ${hostname}, which ${why}: links in mails and chats work only inside`,
        'Set CARILLON_BASE_URL to the address under which people reach the hub. Where all of them are in that network, nothing is wrong.',
      ),
    )
  if (!LOOPBACK.test(hostname) && protocol === 'http:')
    findings.push(
      warning(
        'base URL',
        `${baseUrl} is not encrypted: keys and tokens are sent in clear text`,
        'Put a proxy with TLS in front and set CARILLON_BASE_URL to https://…',
      ),
    )
  if (answer !== null)
    findings.push(
      warning(
        'base URL',
        `no answer from ${baseUrl}: ${answer}`,
        'Start the hub, or correct CARILLON_BASE_URL. From inside a container the external address may not be reachable.',
      ),
    )
  return findings.length > 0 ? findings : [ok('base URL', LOOPBACK.test(hostname) ? `${baseUrl} answers, on this machine alone` : `${baseUrl} answers`)]
}
