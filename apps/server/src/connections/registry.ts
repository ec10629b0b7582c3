import type { Connection, TargetHealth } from '../domain/connection.ts'
import type { Millis } from '../domain/time.ts'
import { closedUntil, isBlocked, isHealthy } from './health.ts'

/** Without a usable connection, deliveries are planned on this one, which only logs. */
export const LOG_CONNECTION = 'con_log'

/** The configured connections and the health of their targets, in memory; replaced on every change of the store. */
export interface Registry {
  replace(connections: readonly Connection[]): void
  /** Replaces the health of every target by the stored one. Health that is learned during the read is newer and stays. */
  loadHealth(read: () => Promise<readonly TargetHealth[]>): Promise<void>
  /** Replaces the health of these targets. */
  updateHealth(rows: readonly TargetHealth[]): void
  health(target: string): TargetHealth | undefined
  all(): readonly Connection[]
  find(id: string): Connection | undefined
  /** Shared and enabled. */
  shared(): readonly Connection[]
  /** Personal connections of a channel that may be used now, in their order. */
  open(channel: string, now: Millis): Connection[]
  /** A lane for deliveries that need no connection of an operator. */
  isBuiltIn(id: string): boolean
  /** Whether a channel has any enabled personal connection, blocked or not. */
  connected(channel: string): boolean
  /** The providers of a channel's enabled personal connections. */
  providers(channel: string): string[]
  /** No enabled connection except the built-in ones: the hub only logs. */
  logOnly(): boolean
  /** The connection on which a channel's new deliveries queue: the first open one, else the first, else the log; `provider` narrows for a device. */
  planOn(channel: string, now: Millis, provider?: string): string
  /** The same for an earlier delivery: null when no connection serves it now, so that it waits for one. It never goes to the log: that would end it. */
  releaseOn(channel: string, now: Millis, provider?: string): string | null
  /** The queues that a connection serves: its own, and those of its channel that are blocked or off while it is the first open one. */
  queuesOf(connection: Connection, now: Millis): string[]
  /** Connections that may be claimed for now, each once. */
  lanes(now: Millis): Connection[]
  /** It failed too often. */
  isBlocked(target: string, now: Millis): boolean
  /** Until when nothing may be sent there (blocked, or the vendor asked for a pause); null when it may. */
  closedUntil(target: string, now: Millis): Millis | null
  /** It was closed and has not succeeded since: it opens slowly. */
  isAiling(target: string): boolean
  /** When the next closed connection opens again; null when none is closed. */
  nextOpening(now: Millis): Millis | null
}

/**
 * `builtIn` are connections that always exist. They have lanes like any other, and are neither shown nor edited. `learned` hears of each health that is
 * learned; of a healthy target there is only the name.
 */
export function createRegistry(builtIn: readonly Connection[] = [], learned: (health: Pick<TargetHealth, 'target' | 'alike'>) => void = () => {}): Registry {
  let connections: readonly Connection[] = []
  let byId = new Map<string, Connection>()
  let personal = new Map<string, Connection[]>()
  const inOrder = (some: readonly Connection[]) => [...some].sort((a, b) => (a.priority === b.priority ? (a.id < b.id ? -1 : 1) : a.priority - b.priority))
  let health = new Map<string, TargetHealth>()

  /** The health that was learned since each running read of the store began. */
  const loading = new Set<TargetHealth[]>()
  function learn(rows: readonly TargetHealth[]): void {
    for (const row of rows) {
      if (isHealthy(row)) health.delete(row.target)
      else health.set(row.target, row)
      learned(row)
    }
  }

  const closed = (target: string, now: Millis) => closedUntil(health.get(target), now)
  const usable = (connection: Connection, now: Millis) => connection.enabled && closed(connection.id, now) === null

  const registry: Registry = {
    replace(next) {
      connections = inOrder(next)
      byId = new Map([...builtIn, ...connections].map((connection) => [connection.id, connection]))
      personal = Map.groupBy(
        inOrder([...builtIn, ...connections]).filter((connection) => connection.personal),
        ({ channel }) => channel,
      )
    },
    async loadHealth(read) {
      const newer: TargetHealth[] = []
      loading.add(newer)
      try {
        const rows = await read()
        const before = health
        health = new Map(rows.map((row) => [row.target, row]))
        for (const target of before.keys()) if (!health.has(target)) learned({ target })
        for (const row of rows) learned(row)
        learn(newer)
      } finally {
        loading.delete(newer)
      }
    },
    updateHealth(rows) {
      learn(rows)
      for (const newer of loading) newer.push(...rows)
    },
    health: (target) => health.get(target),
    all: () => connections,
    find: (id) => byId.get(id),
    shared: () => connections.filter((connection) => !connection.personal && connection.enabled),
    open: (channel, now) => (personal.get(channel) ?? []).filter((connection) => usable(connection, now) && !builtIn.includes(connection)),
    isBuiltIn: (id) => builtIn.some((connection) => connection.id === id),
    connected: (channel) => (personal.get(channel) ?? []).some(({ enabled }) => enabled),
    providers: (channel) => [...new Set((personal.get(channel) ?? []).flatMap(({ enabled, provider }) => (enabled ? [provider] : [])))],
    logOnly: () => !connections.some(({ enabled }) => enabled),
    planOn(channel, now, provider) {
      const all = (personal.get(channel) ?? []).filter((connection) => provider === undefined || connection.provider === provider)
      return (all.find((connection) => usable(connection, now)) ?? all.find(({ enabled }) => enabled))?.id ?? LOG_CONNECTION
    },
    releaseOn(channel, now, provider) {
      const id = registry.planOn(channel, now, provider)
      return id === LOG_CONNECTION ? null : id
    },
    queuesOf(connection, now) {
      if (!connection.personal) return [connection.id]
      const all = personal.get(connection.channel) ?? []
      const first = all.find((one) => usable(one, now))
      return first === connection ? [connection.id, ...all.filter((one) => one !== connection && !usable(one, now)).map(({ id }) => id)] : [connection.id]
    },
    lanes: (now) => [...builtIn, ...connections].filter((connection) => usable(connection, now)),
    isBlocked: (target, now) => isBlocked(health.get(target), now),
    closedUntil: closed,
    isAiling(target) {
      const known = health.get(target)
      return known !== undefined && (known.blockedUntil !== null || known.pausedUntil !== null)
    },
    nextOpening(now) {
      const times = connections.flatMap(({ id, enabled }) => (enabled ? (closed(id, now) ?? []) : []))
      return times.length === 0 ? null : Math.min(...times)
    },
  }
  registry.replace([])
  return registry
}
