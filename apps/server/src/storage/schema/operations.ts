import type { JsonText } from './columns.ts'

/** The audit log, and the hub's own settings. */
export interface OperationsTables {
  audit_log: AuditLogTable
  settings: SettingsTable
  counters: CountersTable
}

export interface AuditLogTable {
  id: string
  at: number
  actor: string
  action: string
  target: string
  detail: JsonText
  request_id: string | null
}

export interface SettingsTable {
  key: string
  value: string
}

export interface CountersTable {
  name: string
  value: number
}
