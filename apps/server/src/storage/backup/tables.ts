import type { Tables } from '../schema.ts'

/** A table of a backup, with the columns of a unique index: it is read in their order. */
export interface KeptTable {
  table: keyof Tables
  key: readonly string[]
  /** On SQLite its rows are numbered in this column: they are read in its order. A backup does not hold it. */
  numbered?: string
}

/** Every table that a backup holds, each after those that its rows refer to. */
export const KEPT_TABLES: readonly KeptTable[] = [
  { table: 'settings', key: ['key'] },
  { table: 'event_types', key: ['key'] },
  { table: 'channels', key: ['channel'] },
  { table: 'connections', key: ['id'] },
  { table: 'target_health', key: ['target'] },
  { table: 'users', key: ['id'] },
  { table: 'addresses', key: ['id'] },
  { table: 'topics', key: ['key'] },
  { table: 'topic_subscribers', key: ['topic', 'member'] },
  { table: 'destinations', key: ['id'] },
  { table: 'devices', key: ['id'] },
  { table: 'routes', key: ['user_id', 'event_type', 'channel'] },
  { table: 'preferences', key: ['user_id'] },
  { table: 'api_keys', key: ['id'] },
  { table: 'tokens', key: ['id'] },
  { table: 'limits_used', key: ['key'] },
  { table: 'events', key: ['id'] },
  { table: 'decision_sets', key: ['id'] },
  { table: 'decisions', key: ['event_id', 'recipient', 'channel', 'reason', 'detail'] },
  { table: 'notifications', key: ['id'] },
  { table: 'deliveries', key: ['id'] },
  { table: 'attempts', key: ['delivery_id', 'n', 'connection_id'] },
  { table: 'sent_messages', key: ['delivery_id'] },
  { table: 'dedup_keys', key: ['recipient', 'event_type', 'key'] },
  { table: 'event_keys', key: ['high', 'low'], numbered: 'n' },
  { table: 'idempotency_keys', key: ['key'] },
  { table: 'audit_log', key: ['id'] },
]

/** Tables that a backup does not hold, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  schema_migrations: 'the head of the backup names the migrations',
  counters: 'the restore sets it above every number that it restores',
  event_key_index: 'the next start makes it from `event_keys`',
  work: 'the tasks are kept as kind, reference and time, without their leases',
  nodes: 'the processes of that moment, and the leases of what they had in hand',
  jobs: 'which node runs a loop, and when it is due',
}

/** Settings that only the database in which they stand may have. */
export const OWN_SETTINGS: readonly string[] = ['doctor', 'health_write', 'sending_hold']
/** How the names of settings begin that the nodes on a database keep for themselves (`security/keys-at-start.ts`). */
export const OF_NODES = 'keys_at_start'
