import type { Trouble } from '../../domain/trouble.ts'
import type { Flag, JsonText } from './columns.ts'

/** Connections, and the health of targets. */
export interface ConnectionsTables {
  channels: ChannelsTable
  connections: ConnectionsTable
  target_health: TargetHealthTable
}

export interface ChannelsTable {
  channel: string
  enabled: Flag
}

export interface ConnectionsTable {
  id: string
  name: string
  /** Lower case, unique. */
  name_key: string
  provider: string
  channel: string
  settings: JsonText
  destination: JsonText | null
  personal: Flag
  events: JsonText
  tags: JsonText
  min_severity: string | null
  priority: number
  enabled: Flag
  limits: JsonText | null
  created_at: number
  updated_at: number
}

export interface TargetHealthTable {
  /** `con_…` or `dst_…` */
  target: string
  initial_failure_at: number | null
  most_recent_failure_at: number | null
  level: number
  blocked_until: number | null
  paused_until: number | null
  failures: number
  last_error: string | null
  /** The kind of that error. */
  last_trouble: Trouble | null
  /** Refusals in a row that are alike. */
  alike: JsonText | null
}
