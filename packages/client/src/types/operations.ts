import type { JsonObject, Scope } from './words.ts'

export interface ApiKeyInput {
  name: string
  scopes: Scope[]
  /** RFC 3339 with offset. */
  expiresAt?: string
}

/** A key as it is listed; the secret is never shown again. */
export interface ApiKey {
  id: string
  name: string
  prefix: string
  scopes: Scope[]
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
}

/** The one answer that holds the secret. */
export interface NewApiKey extends ApiKey {
  key: string
}

export interface AuditEntry {
  id: string
  at: string
  /** `key:…`, `user:…`, `cli` or `system`. */
  actor: string
  action: string
  target: string
  detail: JsonObject
  requestId: string | null
}

/** `error`: the hub works, but a channel lets nothing through; `failing`: the hub itself cannot work. */
export type HealthStatus = 'ok' | 'warning' | 'error' | 'failing'

export interface HealthCheck {
  name: string
  status: HealthStatus
  detail: string
}

/** What keeps messages from getting through; told as `health.issue`, and as `health.restored` when it is over. */
export interface HealthIssue {
  /** `connections.<channel>` */
  source: string
  /** `error`: nothing gets through; `warning`: others stand in. */
  level: 'warning' | 'error'
  message: string
  /** Since when it is on this level. */
  since: string
}

/** How the hub is. `/health/ready` answers 503 when it is `failing`. */
export interface HubHealth {
  /** The worst of its checks. */
  status: HealthStatus
  version: string
  engine: 'sqlite' | 'postgres'
  checks: HealthCheck[]
  issues: HealthIssue[]
}
