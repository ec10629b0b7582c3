/** A problem that keeps the hub from doing its work, as operators read it. One source has at most one. */
export interface HealthIssue {
  /** The unhealthy part: `connections.<channel>`. */
  source: string
  level: 'warning' | 'error'
  message: string
}

/** An enabled personal connection. `failing`: it was blocked and has not succeeded since, so an idle channel does not flicker when a block runs out. */
export interface ChannelConnection {
  name: string
  channel: string
  failing: boolean
}

/** The problems of personal channels: all connections of one are failing (no message gets through), or some are (the others replace them). */
export function channelIssues(connections: readonly ChannelConnection[]): HealthIssue[] {
  return [...Map.groupBy(connections, ({ channel }) => channel)].flatMap(([channel, all]) => {
    const failing = all.filter((connection) => connection.failing)
    if (failing.length === 0) return []
    const names = failing.map(({ name }) => name).join(', ')
    const level = failing.length === all.length ? 'error' : 'warning'
    const message =
      level === 'error'
        ? `Nothing is delivered on channel ${channel}: every connection keeps failing (${names})`
        : `On channel ${channel} some connections keep failing, others stand in for them: ${names}`
    return [{ source: `connections.${channel}`, level, message }]
  })
}
