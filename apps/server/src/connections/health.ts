import type { TargetHealth } from '../domain/connection.ts'
import { DAY, HOUR, MINUTE, type Millis } from '../domain/time.ts'
import type { Trouble } from '../domain/trouble.ts'

/** Blocks by escalation level; level 0 blocks nothing. */
const BLOCKS: readonly Millis[] = [0, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR]
const MAX_LEVEL = BLOCKS.length - 1
/** Failures this soon after the first do not count: a restart of the other side is not an outage. */
const GRACE = 5 * MINUTE
/** For this long after the hub's own start, its network may not be up yet. */
const STARTUP = 15 * MINUTE
/** A destination that has failed without a success for this long is switched off. */
export const GIVE_UP_DESTINATION = 5 * DAY

export const healthy = (target: string): TargetHealth => ({
  target,
  initialFailureAt: null,
  mostRecentFailureAt: null,
  level: 0,
  blockedUntil: null,
  pausedUntil: null,
  failures: 0,
  lastError: null,
  lastTrouble: null,
})

/**
 * A failure. The first one and those within 5 minutes of it leave level 0. After that each raises the level and blocks, except that of
 * concurrent tries (`began`: when this one started) only the first counts: twenty at once say no more than one.
 * In the first 15 minutes after `startedAt` levels do not rise and blocks are capped at 5 minutes.
 */
export function failed(health: TargetHealth, error: string, now: Millis, startedAt: Millis, began: Millis = now, trouble: Trouble | null = null): TargetHealth {
  const first = health.initialFailureAt ?? now
  const starting = now - startedAt < STARTUP
  const counts = now - first >= GRACE && began >= (health.blockedUntil ?? 0)
  const level = counts && !starting ? Math.min(health.level + 1, MAX_LEVEL) : health.level
  const block = counts ? (starting ? Math.min(BLOCKS[Math.max(level, 1)]!, 5 * MINUTE) : BLOCKS[level]!) : 0
  return {
    ...health,
    initialFailureAt: first,
    mostRecentFailureAt: now,
    level,
    blockedUntil: block > 0 ? now + block : health.blockedUntil,
    failures: health.failures + 1,
    lastError: error,
    lastTrouble: trouble,
  }
}

/** The connection is at fault beyond doubt: blocked now, without the grace of a first failure. */
export function blockedAtOnce(health: TargetHealth, error: string, now: Millis, startedAt: Millis): TargetHealth {
  const level = now - startedAt < STARTUP ? Math.max(health.level, 1) : Math.min(health.level + 1, MAX_LEVEL)
  const block = now - startedAt < STARTUP ? BLOCKS[1]! : BLOCKS[level]!
  return {
    ...health,
    initialFailureAt: health.initialFailureAt ?? now,
    mostRecentFailureAt: now,
    level,
    blockedUntil: now + block,
    failures: health.failures + 1,
    lastError: error,
    lastTrouble: 'settings',
  }
}

/** Something about the target that operators should read. It is shown as failing; nothing is blocked, and no level rises. */
export const noticed = (health: TargetHealth, error: string, now: Millis): TargetHealth => ({
  ...health,
  mostRecentFailureAt: now,
  failures: health.failures + 1,
  lastError: error,
  lastTrouble: 'refused',
})

/** The target works and asked us to wait until `until`: levels stay as they are. */
export const paused = (health: TargetHealth, error: string, until: Millis): TargetHealth => ({
  ...health,
  pausedUntil: Math.max(health.pausedUntil ?? 0, until),
  lastError: error,
  lastTrouble: 'busy',
})

/** A success unblocks and lowers the level by one; at level 0 the failure is forgotten. A try that was in flight when a pause began does not end it. */
export function succeeded({ alike: _, ...health }: TargetHealth, now: Millis): TargetHealth {
  const level = Math.max(health.level - 1, 0)
  return {
    ...health,
    level,
    blockedUntil: null,
    pausedUntil: health.pausedUntil !== null && health.pausedUntil > now ? health.pausedUntil : null,
    failures: 0,
    ...(level === 0 ? { initialFailureAt: null, mostRecentFailureAt: null, lastError: null, lastTrouble: null } : {}),
  }
}

/** Until when nothing is sent there, because it is blocked or asked us to wait; null when it may be used. */
export function closedUntil(health: TargetHealth | undefined, now: Millis): Millis | null {
  const until = Math.max(health?.blockedUntil ?? 0, health?.pausedUntil ?? 0)
  return until > now ? until : null
}

/** It failed too often. A pause that the vendor asked for is not a block. */
export const isBlocked = (health: TargetHealth | undefined, now: Millis): boolean => health?.blockedUntil != null && health.blockedUntil > now

/** The state of a target in one word: it may not be used (blocked by its failures, paused by its vendor), its last try failed, or neither. */
export function stateOf(health: TargetHealth, now: Millis): 'healthy' | 'failing' | 'paused' | 'blocked' {
  if (isBlocked(health, now)) return 'blocked'
  if (closedUntil(health, now) !== null) return 'paused'
  return health.failures > 0 ? 'failing' : 'healthy'
}

/** Nothing left to remember: the row can be deleted. */
export const isHealthy = (health: TargetHealth): boolean =>
  health.initialFailureAt === null && health.blockedUntil === null && health.pausedUntil === null && health.level === 0 && health.alike === undefined
