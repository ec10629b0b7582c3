import type { JsonObject, Scope } from './words.ts'

export interface ApiKeyInput {
  name: string
  scopes: Scope[]
  /** RFC 3339 with offset. */
  expiresAt?: string
}

/** A key in a list; the secret part is never shown again. */
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

/** The only response that contains the key. */
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

/** `error`: the hub works, but a channel delivers nothing; `failing`: the hub itself cannot work. */
export type HealthStatus = 'ok' | 'warning' | 'error' | 'failing'

export interface HealthCheck {
  name: string
  status: HealthStatus
  detail: string
}

/** A problem that keeps messages from being delivered; raised as `health.issue`, and as `health.restored` when it ends. */
export interface HealthIssue {
  /** `connections.<channel>` */
  source: string
  /** `error`: nothing is delivered; `warning`: other connections take over. */
  level: 'warning' | 'error'
  message: string
  /** Time since which it has this level. */
  since: string
}

/** Hub health. `/health/ready` answers 503 when it is `failing`. */
export interface HubHealth {
  /** The worst of its checks. */
  status: HealthStatus
  version: string
  engine: 'sqlite' | 'postgres'
  checks: HealthCheck[]
  issues: HealthIssue[]
}
